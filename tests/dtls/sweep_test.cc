// Loss × MTU, with reordering and duplication, in virtual time: every handshake of every cell completes, and both ends
// have the same keys. TINCAN_LONG=1 plays 100 seeds a cell and prints the table.
#include <algorithm>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "long_run.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::Pair;

struct Cell {
  Version version;
  int loss;
  size_t mtu;
};

// Ed25519: the quickest to sign under sanitizers, and a certificate that small MTUs still cut into pieces.
Config config(Role role, const Cell& cell) {
  Config out = test::config(role, KeyType::kEd25519);
  out.minVersion = out.maxVersion = cell.version;
  out.mtu = cell.mtu;
  out.handshakeTimeout = Duration::infinite();  // it is retransmission that is tried here
  return out;
}

/// Milliseconds to connected on both sides; -1 when they never are.
int64_t handshake(const Cell& cell, uint64_t seed) {
  Config server = config(Role::kServer, cell);
  server.cookieExchange = seed % 4 == 0;
  Pair pair(config(Role::kClient, cell), server, seed * 10'000 + cell.mtu + static_cast<uint64_t>(cell.loss));
  pair.network = {Duration::millis(30), cell.loss, 10, 30};
  const TimePoint begun = pair.now;
  pair.start();
  if (!pair.connect(Duration::seconds(24 * 3600))) return -1;
  EXPECT_TRUE(pair.clientLog.keys && pair.serverLog.keys);
  EXPECT_TRUE(equalBytes(pair.clientLog.keys->localKey.view(), pair.serverLog.keys->remoteKey.view()));
  EXPECT_TRUE(equalBytes(pair.clientLog.keys->remoteSalt.view(), pair.serverLog.keys->localSalt.view()));
  EXPECT_LE(pair.largest, cell.mtu);
  return (pair.now - begun).millis();
}

void sweep(Version version) {
  const bool whole = test::longRun();
  const uint64_t seeds = whole ? 100 : 2;
  const std::vector<int> losses = whole ? std::vector<int>{0, 10, 20, 30, 40, 50} : std::vector<int>{0, 25, 50};
  const std::vector<size_t> mtus =
      whole ? std::vector<size_t>{256, 300, 400, 576, 900, 1200, 1500} : std::vector<size_t>{256, 576, 1500};
  std::printf("%s: median / slowest handshake in ms, %llu seeds a cell\n%8s", std::string(name(version)).c_str(),
              static_cast<unsigned long long>(seeds), "loss");
  for (const size_t mtu : mtus) std::printf("   MTU %-9zu", mtu);
  std::printf("\n");
  for (const int loss : losses) {
    std::printf("%6d %%", loss);
    for (const size_t mtu : mtus) {
      std::vector<int64_t> times;
      for (uint64_t seed = 1; seed <= seeds; ++seed) {
        times.push_back(handshake({version, loss, mtu}, seed));
        ASSERT_GE(times.back(), 0) << "loss " << loss << " mtu " << mtu << " seed " << seed;
      }
      std::sort(times.begin(), times.end());
      std::printf(" %6lld /%7lld", static_cast<long long>(times[times.size() / 2]),
                  static_cast<long long>(times.back()));
    }
    std::printf("\n");
  }
}

TEST(Sweep, EveryHandshakeOf12CompletesAtAnyLossAndMtu) {
  sweep(Version::kDtls12);
}

TEST(Sweep, EveryHandshakeOf13CompletesAtAnyLossAndMtu) {
  sweep(Version::kDtls13);
}

}  // namespace
}  // namespace tincan::inline v0::dtls

// Far ends that cut, order and repeat what they send in their own way, all of it within RFC 6347 §4.2 and RFC 9147 §5.5.
#include <algorithm>
#include <ostream>

#include <gtest/gtest.h>

#include "data_flows.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::expectDataFlows;
using test::Pair;

/// The records of a datagram whose headers say their length (RFC 6347 §4.1); what follows the last such one is the last.
std::vector<Bytes> recordsOf(const Bytes& datagram) {
  constexpr size_t kHeader = 13;
  std::vector<Bytes> out;
  size_t at = 0;
  while (at + kHeader <= datagram.size() && datagram[at] >= 20 && datagram[at] <= 26) {
    const size_t size = kHeader + loadBe16(datagram.data() + at + kHeader - 2);
    if (at + size > datagram.size()) break;
    out.emplace_back(datagram.begin() + static_cast<ptrdiff_t>(at),
                     datagram.begin() + static_cast<ptrdiff_t>(at + size));
    at += size;
  }
  if (at < datagram.size()) out.emplace_back(datagram.begin() + static_cast<ptrdiff_t>(at), datagram.end());
  return out;
}

struct Way {
  const char* name;
  Version version;
  KeyType key;
  size_t mtu;
  std::vector<Bytes> (*change)(std::vector<Bytes> records);
};
std::ostream& operator<<(std::ostream& out, const Way& way) {
  return out << way.name;
}

std::vector<Bytes> asTheyAre(std::vector<Bytes> records) {
  return records;
}
std::vector<Bytes> backwards(std::vector<Bytes> records) {
  std::reverse(records.begin(), records.end());
  return records;
}
std::vector<Bytes> twice(std::vector<Bytes> records) {
  std::vector<Bytes> out = records;
  out.insert(out.end(), records.begin(), records.end());
  return out;
}
std::vector<Bytes> withEmptyDatagrams(std::vector<Bytes> records) {
  std::vector<Bytes> out;
  for (Bytes& each : records) {
    out.emplace_back();
    out.push_back(std::move(each));
  }
  return out;
}

class OddDtlsPeers : public ::testing::TestWithParam<Way> {};

// Each record comes in a datagram of its own, and those of one datagram in the order of the test.
TEST_P(OddDtlsPeers, ConnectWithoutARetransmission) {
  const Way& way = GetParam();
  Config client = test::config(Role::kClient, way.key, way.version);
  Config server = test::config(Role::kServer, way.key, way.version);
  client.mtu = server.mtu = way.mtu;
  Pair pair(client, server);
  size_t datagrams = 0, records = 0;
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    ++datagrams;
    Connection& to = pair.of(sender == Role::kClient ? Role::kServer : Role::kClient);
    const auto parts = way.change(recordsOf(datagram));
    records += parts.size();
    for (const Bytes& part : parts) to.receive(pair.now, pair.pool.copy(part));
    return false;
  };
  pair.start();
  const auto isUp = [&](Role role) { return pair.of(role).state() == State::kConnected; };
  for (int turn = 0; turn < 50 && !(isUp(Role::kClient) && isUp(Role::kServer)); ++turn) pair.run(Duration::zero());
  EXPECT_TRUE(isUp(Role::kClient) && isUp(Role::kServer)) << "no time has passed, and no timer was needed";
  EXPECT_GE(records, datagrams);
  pair.onDatagram = nullptr;
  expectDataFlows(pair);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, OddDtlsPeers,
    ::testing::Values(Way{"Apart12", Version::kDtls12, KeyType::kEcdsaP256, 1200, asTheyAre},
                      Way{"Apart13", Version::kDtls13, KeyType::kEcdsaP256, 1200, asTheyAre},
                      Way{"Backwards12", Version::kDtls12, KeyType::kEcdsaP256, 1200, backwards},
                      Way{"Backwards13", Version::kDtls13, KeyType::kEcdsaP256, 1200, backwards},
                      Way{"BackwardsInSmallFragments12", Version::kDtls12, KeyType::kRsa2048, 300, backwards},
                      Way{"BackwardsInSmallFragments13", Version::kDtls13, KeyType::kRsa2048, 300, backwards},
                      Way{"Twice12", Version::kDtls12, KeyType::kRsa2048, 300, twice},
                      Way{"Twice13", Version::kDtls13, KeyType::kRsa2048, 300, twice},
                      Way{"EmptyDatagramsBetween12", Version::kDtls12, KeyType::kEcdsaP256, 1200, withEmptyDatagrams},
                      Way{"EmptyDatagramsBetween13", Version::kDtls13, KeyType::kEcdsaP256, 1200, withEmptyDatagrams}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tincan::inline v0::dtls

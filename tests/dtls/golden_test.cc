// A seeded handshake, record by record, beside the trace that was kept: what goes over the wire does not change by
// accident. A wanted change is written down with TINCAN_UPDATE_GOLDEN=1.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "peers.h"
#include "tests/paths.h"
#include "trace.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;

std::string pathOf(const std::string& file) {
  return testDataPath("dtls/" + file);
}

std::vector<std::string> read(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

// The lines that differ, with `-` as kept and `+` as now.
std::string difference(const std::vector<std::string>& kept, const std::vector<std::string>& now) {
  std::string out;
  for (size_t i = 0; i < std::max(kept.size(), now.size()); ++i) {
    const std::string a = i < kept.size() ? kept[i] : "", b = i < now.size() ? now[i] : "";
    if (a == b) continue;
    if (i < kept.size()) out += "line " + std::to_string(i + 1) + "\n  - " + a + "\n";
    if (i < now.size()) out += "line " + std::to_string(i + 1) + "\n  + " + b + "\n";
  }
  return out;
}

// Ed25519: its keys, its certificate and its signatures come from the seed alone.
Config seeded(Role role, Version version) {
  Config out = test::config(role, KeyType::kEd25519);
  out.minVersion = out.maxVersion = version;
  out.keepKeyLog = true;
  return out;
}

void expectGolden(const std::string& file, test::Pair& pair) {
  test::Trace trace(pair);
  pair.start();
  ASSERT_TRUE(pair.connect());
  ASSERT_TRUE(pair.client.send(pair.now, asBytes("from the client")).ok());
  ASSERT_TRUE(pair.server.send(pair.now, asBytes("from the server")).ok());
  pair.run(Duration::seconds(1));
  pair.client.close(pair.now);
  pair.run(Duration::seconds(1));
  if (std::getenv("TINCAN_UPDATE_GOLDEN") != nullptr) {
    std::ofstream out(pathOf(file));
    for (const std::string& line : trace.lines()) out << line << '\n';
  }
  const std::vector<std::string> kept = read(pathOf(file));
  EXPECT_FALSE(kept.empty()) << pathOf(file) << " is missing";
  EXPECT_TRUE(kept == trace.lines()) << file << " differs:\n" << difference(kept, trace.lines());
}

TEST(Golden, Dtls12) {
  test::Pair pair(seeded(Role::kClient, Version::kDtls12), seeded(Role::kServer, Version::kDtls12), 7);
  expectGolden("dtls12.txt", pair);
}

TEST(Golden, Dtls12WithACookieASmallMtuAndLoss) {
  Config client = seeded(Role::kClient, Version::kDtls12), server = seeded(Role::kServer, Version::kDtls12);
  client.mtu = server.mtu = 300;
  server.cookieExchange = true;
  test::Pair pair(client, server, 7);
  pair.network = {Duration::millis(20), 20, 5, 20};
  expectGolden("dtls12-lossy.txt", pair);
}

TEST(Golden, Dtls13) {
  test::Pair pair(seeded(Role::kClient, Version::kDtls13), seeded(Role::kServer, Version::kDtls13), 7);
  expectGolden("dtls13.txt", pair);
}

TEST(Golden, Dtls13WithACookieASmallMtuAndLoss) {
  Config client = seeded(Role::kClient, Version::kDtls13), server = seeded(Role::kServer, Version::kDtls13);
  client.mtu = server.mtu = 300;
  server.cookieExchange = true;
  test::Pair pair(client, server, 7);
  pair.network = {Duration::millis(20), 20, 5, 20};
  expectGolden("dtls13-lossy.txt", pair);
}

}  // namespace
}  // namespace tincan::inline v0::dtls

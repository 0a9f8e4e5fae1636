#include "dtls/connection.h"

#include <tuple>

#include <gtest/gtest.h>

#include "data_flows.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::config;
using test::expectDataFlows;
using test::Pair;

void expectSameKeys(const test::Log& a, const test::Log& b) {
  ASSERT_TRUE(a.keys && b.keys);
  EXPECT_EQ(a.keys->profile, b.keys->profile);
  EXPECT_TRUE(equalBytes(a.keys->localKey.view(), b.keys->remoteKey.view()));
  EXPECT_TRUE(equalBytes(a.keys->remoteKey.view(), b.keys->localKey.view()));
  EXPECT_TRUE(equalBytes(a.keys->localSalt.view(), b.keys->remoteSalt.view()));
  EXPECT_FALSE(equalBytes(a.keys->localKey.view(), a.keys->remoteKey.view()));
  EXPECT_EQ(a.keys->localKey.size(), crypto::keySize(a.keys->profile));
  EXPECT_EQ(a.keys->localSalt.size(), crypto::saltSize(a.keys->profile));
}

class Keys : public testing::TestWithParam<std::tuple<KeyType, KeyType, bool>> {};

TEST_P(Keys, ConnectAndExport) {
  const auto [clientKey, serverKey, cookie] = GetParam();
  Config server = config(Role::kServer, serverKey);
  server.cookieExchange = cookie;
  Pair pair(config(Role::kClient, clientKey), server);
  pair.start();
  ASSERT_TRUE(pair.connect()) << (pair.clientLog.error ? pair.clientLog.error->toString() : "")
                              << (pair.serverLog.error ? pair.serverLog.error->toString() : "");
  EXPECT_EQ(pair.client.version(), Version::kDtls12);
  EXPECT_EQ(pair.client.cipherSuite(), serverKey == KeyType::kRsa2048 ? "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
                                                                      : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  EXPECT_EQ(pair.server.group(), "X25519");
  EXPECT_EQ(pair.clientLog.states, (std::vector<State>{State::kConnecting, State::kConnected}));
  expectSameKeys(pair.clientLog, pair.serverLog);
  EXPECT_TRUE(equalBytes(pair.client.remoteCertificate()->der(), test::identity(serverKey).certificate().der()));
  EXPECT_TRUE(equalBytes(pair.server.remoteCertificate()->der(), test::identity(clientKey).certificate().der()));
  EXPECT_EQ(pair.client.stats().flightsRetransmitted + pair.server.stats().flightsRetransmitted, 0u);
  expectDataFlows(pair);
  EXPECT_TRUE(pair.client.nextTimeout().isNever());
  EXPECT_TRUE(pair.server.nextTimeout().isNever());
}

INSTANTIATE_TEST_SUITE_P(All, Keys,
                         testing::Combine(testing::Values(KeyType::kEcdsaP256, KeyType::kRsa2048, KeyType::kEd25519),
                                          testing::Values(KeyType::kEcdsaP256, KeyType::kRsa2048, KeyType::kEd25519),
                                          testing::Bool()));

}  // namespace
}  // namespace tincan::inline v0::dtls

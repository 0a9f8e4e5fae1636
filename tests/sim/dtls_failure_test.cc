// A handshake that comes to nothing ends the connection, and says why.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

bool failed(const Peer& peer) {
  return peer.pc->connectionState() == stack::RTCPeerConnectionState::kFailed;
}

// W3C §5.5.
TEST(DtlsFailure, PeersWithoutAVersionInCommonFailAfterAMinuteAndSayWhy) {
  World world(61);
  stack::RTCConfiguration newer, older;
  newer.security.minVersion = dtls::Version::kDtls13;
  older.security.maxVersion = dtls::Version::kDtls12;
  Peer a(world, world.addHost("a", "203.0.113.1"), newer);
  Peer b(world, world.addHost("b", "203.0.113.2"), older);
  trickle(a, b);
  trickle(b, a);
  auto channel = a.pc->createDataChannel("never").value();
  signal(a, b);
  world.runFor(Duration::seconds(55));
  EXPECT_EQ(a.pc->connectionState(), stack::RTCPeerConnectionState::kConnecting);
  EXPECT_TRUE(a.pc->negotiationFailure().empty());
  world.runFor(Duration::seconds(10));
  EXPECT_TRUE(failed(a));
  EXPECT_TRUE(failed(b));
  // The answerer is the client.
  EXPECT_NE(a.pc->negotiationFailure().find("does not speak DTLS 1.3"), std::string::npos)
      << a.pc->negotiationFailure();
  EXPECT_NE(b.pc->negotiationFailure().find("took too long"), std::string::npos) << b.pc->negotiationFailure();
}

// W3C §5.5; RFC 8122 §6.2.
TEST(DtlsFailure, ACertificateThatIsNotTheDescriptionsFailsAndSaysSo) {
  World world(62);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  auto channel = a.pc->createDataChannel("never").value();
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  stack::RTCSessionDescription answer = *b.pc->localDescription();
  const size_t at = answer.sdp.find("a=fingerprint:sha-256 ") + 22;
  answer.sdp[at] = answer.sdp[at] == '0' ? '1' : '0';
  ASSERT_TRUE(a.pc->setRemoteDescription(answer).ok());
  world.runFor(Duration::seconds(2));
  EXPECT_TRUE(failed(a));
  EXPECT_NE(a.pc->negotiationFailure().find("certificate is not the one"), std::string::npos)
      << a.pc->negotiationFailure();
}

}  // namespace
}  // namespace tincan::inline v0::sim

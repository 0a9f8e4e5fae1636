#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// W3C webrtc-pc §4.4.1.6, setConfiguration, and RFC 9429 §4.1.18: what may change, and from when on it counts.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCBundlePolicy;
using stack::RTCConfiguration;
using stack::RTCIceTransportPolicy;

std::string ufragOf(const std::string& sdp) {
  const size_t at = sdp.find("a=ice-ufrag:") + 12;
  return sdp.substr(at, sdp.find('\r', at) - at);
}

struct One {
  World world{400};
  Host& host = world.addHost("a", "203.0.113.1");
  Peer a{world, host};
  Peer b{world, world.addHost("b", "203.0.113.2")};

  ErrorCode refusal(const RTCConfiguration& configuration) {
    const auto set = a.pc->setConfiguration(configuration);
    EXPECT_FALSE(set.ok());
    return set.ok() ? ErrorCode::kIo : set.error().code();
  }
  void negotiate() {
    ASSERT_TRUE(a.pc->setLocalDescription().ok());
    world.runFor(Duration::millis(100));
    ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
    ASSERT_TRUE(b.pc->setLocalDescription().ok());
    world.runFor(Duration::millis(100));
    ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
    world.runFor(Duration::seconds(1));
  }
};

// W3C §4.4.1.6.
TEST(SetConfiguration, RefusesWhatCannotChange) {
  One one;
  const RTCConfiguration before = one.a.pc->getConfiguration();
  RTCConfiguration changed = before;
  EXPECT_TRUE(one.a.pc->setConfiguration(before).ok()) << "the same again";
  changed.bundlePolicy = RTCBundlePolicy::kMaxCompat;
  EXPECT_EQ(one.refusal(changed), ErrorCode::kInvalidModificationError);
  changed = before;
  changed.rtcpMuxPolicy = stack::RTCRtcpMuxPolicy::kNegotiate;
  EXPECT_EQ(one.refusal(changed), ErrorCode::kInvalidModificationError);
  changed = before;
  SeededRandom random(1);
  changed.certificates = {stack::RTCCertificate::generate({}, random, 1'700'000'000'000).value()};
  EXPECT_EQ(one.refusal(changed), ErrorCode::kInvalidModificationError);
  changed.certificates.clear();
  EXPECT_TRUE(one.a.pc->setConfiguration(changed).ok()) << "none named";
  EXPECT_EQ(one.a.pc->getConfiguration().certificates.size(), 1u) << "they stay";
  changed = before;
  changed.iceServers = {{{"turn:192.0.2.1"}}};
  EXPECT_EQ(one.refusal(changed), ErrorCode::kInvalidAccessError);
  changed.iceServers = {{{"nonsense"}}};
  EXPECT_EQ(one.refusal(changed), ErrorCode::kSyntaxError);
  EXPECT_TRUE(one.a.pc->getConfiguration().iceServers.empty()) << "a refused one changes nothing";
  one.a.pc->close();
  EXPECT_EQ(one.refusal(before), ErrorCode::kInvalidStateError);
}

// W3C §4.4.1.6; RFC 9429 §4.1.18.
TEST(SetConfiguration, ThePoolIsFilledUntilADescriptionWasSet) {
  One one;
  RTCConfiguration pool = one.a.pc->getConfiguration();
  pool.iceCandidatePoolSize = 1;
  ASSERT_TRUE(one.a.pc->setConfiguration(pool).ok());
  one.world.runFor(Duration::millis(100));
  ASSERT_TRUE(one.a.pc->createDataChannel("x").ok());
  ASSERT_TRUE(one.a.pc->setLocalDescription().ok());
  EXPECT_NE(one.a.pc->localDescription()->sdp.find("a=candidate"), std::string::npos) << "gathered before";
  pool.iceCandidatePoolSize = 2;
  EXPECT_EQ(one.refusal(pool), ErrorCode::kInvalidModificationError);
}

// W3C §4.4.1.6.
// W3C §4.2.3.
TEST(SetConfiguration, ThePolicyCountsFromTheFirstGatheringOn) {
  One one;
  RTCConfiguration relay = one.a.pc->getConfiguration();
  relay.iceTransportPolicy = RTCIceTransportPolicy::kRelay;
  ASSERT_TRUE(one.a.pc->setConfiguration(relay).ok());
  ASSERT_TRUE(one.a.pc->createDataChannel("x").ok());
  ASSERT_TRUE(one.a.pc->setLocalDescription().ok());
  one.world.runFor(Duration::seconds(1));
  EXPECT_EQ(one.a.pc->localDescription()->sdp.find("a=candidate"), std::string::npos);
}

// RFC 9429 §5.2.2: then the next offer has new credentials; nothing asks for that offer.
TEST(SetConfiguration, TheNextOfferRestartsIce) {
  One one;
  ASSERT_TRUE(one.a.pc->createDataChannel("x").ok());
  one.negotiate();
  ASSERT_EQ(one.a.pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
  size_t needed = 0;
  one.a.pc->onnegotiationneeded = [&] { ++needed; };
  const std::string before = ufragOf(one.a.pc->localDescription()->sdp);
  EXPECT_EQ(ufragOf(one.a.pc->createOffer().value().sdp), before);
  RTCConfiguration other = one.a.pc->getConfiguration();
  other.iceServers = {{{"stun:203.0.113.9"}}};
  ASSERT_TRUE(one.a.pc->setConfiguration(other).ok());
  one.world.runFor(Duration::millis(100));
  EXPECT_EQ(needed, 0u);
  EXPECT_NE(ufragOf(one.a.pc->createOffer().value().sdp), before);
  size_t errors = 0;
  one.a.pc->onicecandidateerror = [&](const stack::RTCPeerConnectionIceErrorEvent& event) {
    EXPECT_EQ(event.url, "stun:203.0.113.9:3478");
    ++errors;
  };
  one.negotiate();
  one.world.runFor(Duration::seconds(15));
  EXPECT_GE(errors, 1u) << "the new server was asked, and nobody is there";
  const std::string now = ufragOf(one.a.pc->localDescription()->sdp);
  EXPECT_NE(now, before);
  EXPECT_EQ(ufragOf(one.a.pc->createOffer().value().sdp), now) << "once";
  EXPECT_EQ(one.a.pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
}

}  // namespace
}  // namespace tincan::inline v0::sim

// Offers that a newer one takes the place of, before anybody has answered.
#include <gtest/gtest.h>

#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {
namespace {

std::string groupOf(const std::string& sdp) {
  const size_t at = sdp.find("a=group:BUNDLE");
  return at == std::string::npos ? "" : sdp.substr(at, sdp.find("\r\n", at) - at);
}

// RFC 9429 §5.2.1, §5.2.2: until an answer has split them up, all sections are in one group, and what the policy prepares
// is prepared each time. A walk over the API found that the second offer of "max-compat" had its first section alone in it.
TEST(RepeatedOffers, AreBundledLikeTheFirst) {
  SeededRandom random(1);
  PacketPool pool;
  for (const auto policy : {RTCBundlePolicy::kBalanced, RTCBundlePolicy::kMaxCompat, RTCBundlePolicy::kMaxBundle}) {
    RTCConfiguration configuration;
    configuration.bundlePolicy = policy;
    const auto a = PeerConnection::create(configuration, {random, pool, 1'700'000'000'000'000}).value();
    for (const auto kind : {MediaKind::kAudio, MediaKind::kVideo, MediaKind::kAudio})
      ASSERT_TRUE(a->addTransceiver(kind).ok());
    ASSERT_TRUE(a->setLocalDescription().ok());
    const std::string first = a->localDescription()->sdp;
    EXPECT_EQ(groupOf(first), "a=group:BUNDLE 0 1 2");
    for (int i = 0; i < 2; ++i) {
      a->restartIce();
      ASSERT_TRUE(a->setLocalDescription(RTCSessionDescription{RTCSdpType::kOffer, ""}).ok());
      const std::string next = a->localDescription()->sdp;
      EXPECT_EQ(groupOf(next), groupOf(first)) << static_cast<int>(policy);
      EXPECT_EQ(next.find("a=bundle-only") == std::string::npos, policy != RTCBundlePolicy::kMaxBundle);
    }
    const auto b = PeerConnection::create({}, {random, pool, 1'700'000'000'000'000}).value();
    ASSERT_TRUE(b->setRemoteDescription(*a->localDescription()).ok());
    ASSERT_TRUE(b->setLocalDescription().ok());
    ASSERT_TRUE(a->setRemoteDescription(*b->localDescription()).ok());
    for (const auto& each : a->getTransceivers())
      EXPECT_EQ(each->sender()->transport(), a->getTransceivers()[0]->sender()->transport());
  }
}

}  // namespace
}  // namespace tincan::inline v0::stack

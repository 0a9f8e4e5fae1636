// The dictionaries as a program writes them: one member by its name, and the others are as they are (C++20 §9.4.2). With
// -Wextra, which this is compiled with, a member without an initializer of its own would be a warning in the program.
#include <gtest/gtest.h>

#include "include/tincan/tincan.h"

namespace tincan::inline v0 {
namespace {

TEST(Dictionaries, TakeOneMemberByItsName) {
  EXPECT_EQ(RTCConfiguration({.videoBitrate = 5}).videoBitrate, 5u);
  EXPECT_TRUE(RTCConfiguration({.ice = {.tcp = true}}).ice.tcp);
  EXPECT_EQ(RTCIceServer({.username = "x"}).username, "x");
  EXPECT_EQ(RTCIceServer({.urls = {"stun:stun.example.org"}}).urls.size(), 1u);
  EXPECT_EQ(RTCSessionDescription({.type = RTCSdpType::kRollback}).type, RTCSdpType::kRollback);
  EXPECT_EQ(RTCIceCandidate({.candidate = "x"}).candidate, "x");
  EXPECT_FALSE(RTCDataChannelInit({.ordered = false}).ordered);
  EXPECT_EQ(RTCDataChannelInit({.ordered = false, .maxRetransmits = uint16_t{0}}).maxRetransmits, uint16_t{0});
  EXPECT_EQ(RTCDataChannelInit({.id = uint16_t{7}}).id, uint16_t{7});
  EXPECT_EQ(RTCRtpTransceiverInit({.direction = RTCRtpTransceiverDirection::kSendonly}).direction,
            RTCRtpTransceiverDirection::kSendonly);
  EXPECT_EQ(RTCRtpTransceiverInit({.sendEncodings = {{}, {}}}).sendEncodings.size(), 2u);
  EXPECT_TRUE(RTCOfferOptions({.iceRestart = true}).iceRestart);
  EXPECT_TRUE(std::get<bool>(MediaStreamConstraints({.audio = true}).audio));
  EXPECT_TRUE(EncodedVideo({.keyFrame = true}).keyFrame);
  EXPECT_EQ(RTCRtpCodec({.clockRate = 90'000}).clockRate, 90'000u);
  EXPECT_EQ(CodecFormat({.name = "VP8"}).name, "VP8");
  EXPECT_EQ(net::DriverConfig({.sendQueue = 9}).sendQueue, 9u);
}

// As std::optional has it.
TEST(Dictionaries, AStatisticThatIsAbsentHasAnotherValue) {
  EXPECT_EQ(Stat<uint64_t>().value_or(7), 7u);
  EXPECT_EQ(Stat<uint64_t>(5).value_or(7), 5u);
}

}  // namespace
}  // namespace tincan::inline v0

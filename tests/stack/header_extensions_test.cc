// webrtc-extensions §5, "RTP header extension control".
#include "stack/api/header_extensions.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {
namespace {

constexpr auto kSendrecv = RTCRtpTransceiverDirection::kSendrecv;
constexpr auto kStopped = RTCRtpTransceiverDirection::kStopped;
constexpr const char* kMid = "urn:ietf:params:rtp-hdrext:sdes:mid";
constexpr const char* kLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

std::vector<RTCRtpHeaderExtensionCapability> with(const RtpTransceiver& from, const std::string& uri,
                                                  RTCRtpTransceiverDirection direction) {
  auto out = from.getHeaderExtensionsToNegotiate();
  for (auto& each : out)
    if (each.uri == uri) each.direction = direction;
  return out;
}

// webrtc-extensions §5.
TEST(HeaderExtensions, AListIsTakenWholeOrNotAtAll) {
  RtpTransceiver transceiver(MediaKind::kAudio, kSendrecv);
  const auto known = transceiver.getHeaderExtensionsToNegotiate();
  ASSERT_TRUE(findExtension(known, kMid) && findExtension(known, kLevel));
  const auto code = [&](std::vector<RTCRtpHeaderExtensionCapability> list) {
    const auto done = transceiver.setHeaderExtensionsToNegotiate(list);
    return done ? ErrorCode::kLimit : done.error().code();
  };
  auto list = known;
  list[0].uri.clear();
  EXPECT_EQ(code(list), ErrorCode::kTypeError);
  list[0].uri = "urn:x";
  EXPECT_EQ(code(list), ErrorCode::kInvalidModificationError) << "not known";
  list = known;
  list[1] = list[0];
  EXPECT_EQ(code(list), ErrorCode::kInvalidModificationError) << "twice";
  list = known;
  list.pop_back();
  EXPECT_EQ(code(list), ErrorCode::kInvalidModificationError) << "one less";
  list = known;
  list.push_back({"urn:x"});
  EXPECT_EQ(code(list), ErrorCode::kInvalidModificationError) << "one more";
  for (const auto direction : {RTCRtpTransceiverDirection::kSendonly, RTCRtpTransceiverDirection::kRecvonly,
                               RTCRtpTransceiverDirection::kInactive, kStopped})
    EXPECT_EQ(code(with(transceiver, kMid, direction)), ErrorCode::kInvalidModificationError) << "mandatory";
  EXPECT_EQ(transceiver.getHeaderExtensionsToNegotiate(), known) << "nothing of it";
}

// webrtc-extensions §5.
TEST(HeaderExtensions, AWishIsToldUntilItIsNegotiated) {
  RtpTransceiver transceiver(MediaKind::kAudio, kSendrecv);
  ASSERT_TRUE(transceiver.setHeaderExtensionsToNegotiate(with(transceiver, kLevel, kStopped)).ok());
  EXPECT_EQ(findExtension(transceiver.getHeaderExtensionsToNegotiate(), kLevel)->direction, kStopped);
  for (const auto& each : transceiver.getNegotiatedHeaderExtensions()) EXPECT_EQ(each.direction, kStopped);
  ASSERT_TRUE(transceiver.setHeaderExtensionsToNegotiate(with(transceiver, kLevel, kSendrecv)).ok());
  EXPECT_EQ(findExtension(transceiver.getHeaderExtensionsToNegotiate(), kLevel)->direction, kSendrecv);
}

// webrtc-extensions §5.
TEST(HeaderExtensions, WishesTakeAwayAndNarrow) {
  const std::vector<ExtensionSpec> all = {{1, kLevel}, {4, kMid}, {5, "urn:other", Direction::kRecvOnly}};
  EXPECT_EQ(wishedOf({}, all), all);
  EXPECT_EQ(wishedOf({{kLevel, kStopped}}, all).size(), 2u);
  EXPECT_EQ(wishedOf({{kLevel, RTCRtpTransceiverDirection::kSendonly}}, all)[0].direction, Direction::kSendOnly);
  EXPECT_EQ(wishedOf({{"urn:other", RTCRtpTransceiverDirection::kSendonly}}, all).size(), 2u) << "no direction is left";
}

}  // namespace
}  // namespace tincan::inline v0::stack

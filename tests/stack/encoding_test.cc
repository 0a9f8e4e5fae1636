// webrtc-pc §5.1 and §5.2: encodings as applications ask for them, and what they do to pictures.
#include <limits>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/extensions.h"
#include "stack/api/encodings.h"
#include "stack/encoding_rates.h"
#include "stack/encoding_shaper.h"

namespace tincan::inline v0::stack {
namespace {

using Encodings = std::vector<RTCRtpEncodingParameters>;

RTCRtpEncodingParameters named(const char* rid) {
  RTCRtpEncodingParameters out;
  out.rid = rid;
  return out;
}

RTCRtpCapabilities vp8() {
  RTCRtpCapabilities out;
  out.codecs.push_back({"video/VP8", 90000});
  return out;
}

// §5.1, "addTransceiver sendEncodings validation steps".
TEST(SendEncodings, RidsAreAllOrNoneAndOnceEach) {
  const auto check = [](Encodings encodings) {
    return checkedSendEncodings(MediaKind::kVideo, std::move(encodings), vp8());
  };
  EXPECT_TRUE(check({}).ok());
  EXPECT_TRUE(check({named("")}).ok());
  EXPECT_TRUE(check({named("a-B_9"), named("b")}).ok());
  EXPECT_TRUE(check({named(""), named("")}).ok()) << "the answer leaves the first";
  for (const Encodings& wrong : std::vector<Encodings>{{named("a"), named("")},
                                                       {named("a"), named("a")},
                                                       {named("a b")},
                                                       {named("a/")},
                                                       {named("\xc3\xa4")},
                                                       {named(std::string(256, 'a').c_str())}}) {
    const auto refused = check(wrong);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kTypeError);
  }
}

// W3C §5.1.
TEST(SendEncodings, WhatIsSentAloneHasNoName) {
  const auto one = checkedSendEncodings(MediaKind::kVideo, {named("hi")}, vp8());
  ASSERT_TRUE(one.ok());
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ(one->front().rid, "");
  EXPECT_EQ(one->front().scaleResolutionDownBy, 1.0);
  const auto three = checkedSendEncodings(MediaKind::kVideo, {named("q"), named("h"), named("f")}, vp8());
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(three->size(), kMaxSendEncodings);
}

// webrtc-svc §4.1.
TEST(SendEncodings, ScalabilityModesAreOnesThatAnEncoderHas) {
  const auto check = [](const char* mode, std::optional<RTCRtpCodec> codec = {}) {
    RTCRtpEncodingParameters encoding;
    encoding.scalabilityMode = mode;
    encoding.codec = std::move(codec);
    const auto checked = checkScalability({encoding}, media::builtInCodecs());
    return checked.ok() ? "ok" : std::string(name(checked.error().code()));
  };
  if (sendCapabilities(MediaKind::kVideo, media::builtInCodecs()).codecs.empty())
    GTEST_SKIP() << "no codec is built in";
  EXPECT_EQ(check("L1T3"), "ok");
  EXPECT_EQ(check("L3T3_KEY"), "ok");
  EXPECT_EQ(check("L4T1"), "OperationError");
  EXPECT_EQ(check("S2T1"), "ok");
  EXPECT_EQ(check("S3T3h"), "ok");
  EXPECT_EQ(check("S1T1"), "OperationError");
  EXPECT_EQ(check(""), "OperationError");
  EXPECT_EQ(check("L1T3", RTCRtpCodec{"video/VP8", 90000}), "ok");
  EXPECT_EQ(check("L2T1", RTCRtpCodec{"video/VP8", 90000}), "OperationError");
}

// webrtc-svc §4.2.1: what getParameters() says once it is known what is sent.
TEST(SendEncodings, TheScalabilityModeInForceIsOneThatTheCodecHasAndTheReceiverCanTell) {
  if (sendCapabilities(MediaKind::kVideo, media::builtInCodecs()).codecs.empty())
    GTEST_SKIP() << "no codec is built in";
  const auto inForce = [](const char* wanted, const char* codec, bool described) {
    RTCRtpEncodingParameters encoding;
    encoding.scalabilityMode = wanted;
    RTCRtpParameters negotiated;
    if (*codec) negotiated.codecs.push_back({{codec, 90000}, 96});
    if (described)
      negotiated.headerExtensions.push_back({std::string(rtp::uri(rtp::ExtensionKind::kDependencyDescriptor)), 5});
    return scalabilityInForce(encoding, negotiated, media::builtInCodecs()).value_or("none");
  };
  EXPECT_EQ(inForce("L3T3", "", false), "L3T3") << "not known yet";
  EXPECT_EQ(inForce("L3T3", "video/VP8", true), "L1T1");
  EXPECT_EQ(inForce("L1T3", "video/VP8", false), "L1T3");
  EXPECT_EQ(inForce("L3T3_KEY", "video/VP9", false), "L3T3_KEY");
  EXPECT_EQ(inForce("S2T1h", "video/VP9", false), "S2T1h");
  EXPECT_EQ(inForce("S3T2", "video/AV1", false), "L1T2");
  EXPECT_EQ(inForce("S3T2", "video/AV1", true), "S3T2");
  EXPECT_EQ(scalabilityInForce({}, {}, media::builtInCodecs()), std::nullopt);
}

TEST(SendEncodings, RatesAreByTheSizeOfEach) {
  std::vector<RTCRtpEncodingParameters> encodings(3);
  encodings[0].scaleResolutionDownBy = 4;
  encodings[1].scaleResolutionDownBy = 2;
  encodings[1].active = false;
  encodings[2].maxBitrate = 400'000;
  std::vector<rtp::RateRange> rates;
  for (const auto& each : encodings) {
    EXPECT_EQ(encodingRate(each, 0, 0, false), encodingRate(each, 640, 480, false)) << "not known yet";
    rates.push_back(encodingRate(each, 1280, 720, false));
  }
  EXPECT_LT(encodingRate(encodings[0], 1280, 720, true).most, rates[0].most) << "a later codec takes less";
  EXPECT_EQ(rates[0].most, 200'000u);  // 320×180
  EXPECT_EQ(rates[1].most, 0u);
  EXPECT_EQ(rates[2].most, 400'000u);
  EXPECT_EQ(rates[2].least, 400'000u);
}

// W3C §5.1.
TEST(SendEncodings, NumbersHaveTheirRanges) {
  for (const double wrong :
       {0.99, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    RTCRtpEncodingParameters encoding;
    encoding.scaleResolutionDownBy = wrong;
    EXPECT_EQ(checkedEncodings(MediaKind::kVideo, {encoding}, nullptr).error().code(), ErrorCode::kRangeError) << wrong;
    EXPECT_TRUE(checkedEncodings(MediaKind::kAudio, {encoding}, nullptr).ok()) << "of no meaning for sound";
  }
  RTCRtpEncodingParameters encoding;
  encoding.maxFramerate = -0.1;
  EXPECT_EQ(checkedEncodings(MediaKind::kVideo, {encoding}, nullptr).error().code(), ErrorCode::kRangeError);
  encoding.maxFramerate = 0;
  EXPECT_TRUE(checkedEncodings(MediaKind::kVideo, {encoding}, nullptr).ok());
}

// webrtc-extensions §5.3.
TEST(SendEncodings, CodecsAreOnesThatCanBeSent) {
  RTCRtpEncodingParameters encoding;
  encoding.codec = RTCRtpCodec{"video/none", 90000};
  EXPECT_EQ(checkedSendEncodings(MediaKind::kVideo, {encoding}, vp8()).error().code(), ErrorCode::kOperationError);
  encoding.codec = RTCRtpCodec{"VIDEO/vp8", 90000};
  EXPECT_TRUE(checkedSendEncodings(MediaKind::kVideo, {encoding}, vp8()).ok());
  const std::vector<RTCRtpCodecParameters> none;
  EXPECT_EQ(checkedEncodings(MediaKind::kVideo, {encoding}, &none).error().code(),
            ErrorCode::kInvalidModificationError);
}

int taken(double cameraRate, std::optional<double> most, int jitterMicros = 0) {
  EncodingShaper shaper;
  RTCRtpEncodingParameters encoding;
  encoding.maxFramerate = most;
  int count = 0;
  for (int i = 0; i < static_cast<int>(10 * cameraRate); ++i) {
    const auto at = static_cast<int64_t>(i * 1e6 / cameraRate) + (i % 2) * jitterMicros;
    count += shaper.takes(encoding, TimePoint::fromMicros(at)) ? 1 : 0;
  }
  return count;
}

TEST(EncodingShaper, KeepsToTheRate) {
  EXPECT_EQ(taken(30, std::nullopt), 300);
  EXPECT_NEAR(taken(30, 30.0), 300, 2);
  EXPECT_NEAR(taken(30, 30.0, 5000), 300, 2) << "a clock that jitters";
  EXPECT_NEAR(taken(30, 15.0), 150, 2);
  EXPECT_NEAR(taken(30, 10.0), 100, 2);
  EXPECT_NEAR(taken(30, 20.0), 200, 5);
  EXPECT_NEAR(taken(30, 60.0), 300, 2);
  EXPECT_EQ(taken(30, 0.0), 0);
}

TEST(EncodingShaper, GoesOnAfterAPause) {
  EncodingShaper shaper;
  RTCRtpEncodingParameters encoding;
  encoding.maxFramerate = 10;
  EXPECT_TRUE(shaper.takes(encoding, TimePoint::fromMicros(0)));
  EXPECT_FALSE(shaper.takes(encoding, TimePoint::fromMicros(20'000)));
  EXPECT_TRUE(shaper.takes(encoding, TimePoint::fromMicros(60'000'000)));
  EXPECT_FALSE(shaper.takes(encoding, TimePoint::fromMicros(60'020'000))) << "nothing is made up for";
  encoding.active = false;
  EXPECT_FALSE(shaper.takes(encoding, TimePoint::fromMicros(70'000'000)));
}

TEST(EncodingShaper, ScalesDown) {
  EncodingShaper shaper;
  RTCRtpEncodingParameters encoding;
  const auto picture = media::VideoFrame::black(64, 48);
  EXPECT_EQ(&shaper.shaped(encoding, picture), &picture);
  encoding.scaleResolutionDownBy = 2;
  EXPECT_EQ(shaper.shaped(encoding, picture).width, 32);
  EXPECT_EQ(shaper.shaped(encoding, picture).height, 24);
  EXPECT_EQ(shaper.shaped(encoding, picture).y()[0], picture.y()[0]);
}

TEST(EncodingShaper, SidesAreEvenAndTwoAtLeast) {
  EncodingShaper shaper;
  RTCRtpEncodingParameters encoding;
  for (const auto& [width, factor, expected] :
       std::vector<std::tuple<int, double, int>>{{641, 2, 320}, {640, 3, 212}, {640, 0.5, 640}, {10, 1e9, 2}}) {
    encoding.scaleResolutionDownBy = factor;
    EXPECT_EQ(shaper.shaped(encoding, media::VideoFrame::black(width, 48)).width, expected) << width << " / " << factor;
  }
}

// webrtc-extensions, scaleResolutionDownTo: no larger than asked for, in the picture's own proportions and orientation.
TEST(EncodingShaper, ScalesDownToASize) {
  EncodingShaper shaper;
  RTCRtpEncodingParameters encoding;
  encoding.scaleResolutionDownBy = 4;  // counts for nothing then
  const auto sizeOf = [&](int width, int height) {
    const media::VideoFrame picture = media::VideoFrame::black(width, height);
    const media::VideoFrame& out = shaper.shaped(encoding, picture);  // which may be the picture itself
    return std::pair(out.width, out.height);
  };
  encoding.scaleResolutionDownTo = {120, 60};
  EXPECT_EQ(sizeOf(120, 60), std::pair(120, 60));
  EXPECT_EQ(sizeOf(60, 30), std::pair(60, 30)) << "never larger";
  EXPECT_EQ(sizeOf(240, 120), std::pair(120, 60));
  EXPECT_EQ(sizeOf(120, 240), std::pair(60, 120)) << "whatever the orientation";
  encoding.scaleResolutionDownTo = {60, 60};
  EXPECT_EQ(sizeOf(120, 60), std::pair(60, 30)) << "proportions are kept";
}

TEST(SendEncodings, RestrictionsAreOfAllOrNone) {
  const auto refused = [](std::vector<RTCRtpEncodingParameters> encodings, bool set) {
    const std::vector<RTCRtpCodecParameters> none;
    const auto checked = set ? checkedEncodings(MediaKind::kVideo, encodings, &none)
                             : checkedSendEncodings(MediaKind::kVideo, encodings, {});
    return checked ? ErrorCode::kLimit : checked.error().code();
  };
  std::vector<RTCRtpEncodingParameters> two(2);
  two[0].rid = "a";
  two[1].rid = "b";
  EXPECT_EQ(refused(two, true), ErrorCode::kLimit);
  two[1].scaleResolutionDownTo = {120, 60};
  EXPECT_EQ(refused(two, true), ErrorCode::kInvalidModificationError) << "setParameters()";
  EXPECT_EQ(refused(two, false), ErrorCode::kOperationError) << "addTransceiver()";
  two[0].active = false;
  EXPECT_EQ(refused(two, true), ErrorCode::kLimit) << "of those that are sent";
  two[1].scaleResolutionDownTo = {0, 60};
  EXPECT_EQ(refused(two, true), ErrorCode::kInvalidModificationError);
}

}  // namespace
}  // namespace tincan::inline v0::stack

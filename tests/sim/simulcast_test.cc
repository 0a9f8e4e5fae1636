// Several encodings of one camera in a call: each on its own SSRC, by what the line carries, and as parameters say.
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCRtpEncodingParameters;

std::vector<RTCRtpEncodingParameters> threeEncodings() {
  std::vector<RTCRtpEncodingParameters> out(3);
  const char* const names[] = {"q", "h", "f"};
  for (size_t i = 0; i < 3; ++i) out[i].rid = names[i];
  return out;
}

/// A sends a camera of 480 × 360 in three encodings to B, which looks at all of them.
struct SimulcastCall {
  struct Layer {
    uint64_t pictures = 0, unreadable = 0;
    int width = 0, height = 0;
  };

  explicit SimulcastCall(uint64_t seed, std::vector<RTCRtpEncodingParameters> encodings = threeEncodings(),
                         const char* codec = "video/VP8", bool looksAtLayers = true)
      : world(seed),
        hostA(world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)})),
        a(world, hostA, configuration("a")),
        b(world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)}), configuration("b")) {
    trickle(a, b);
    trickle(b, a);
    media::VideoConstraints camera;
    camera.width = 480;
    camera.height = 360;
    media::MediaStreamConstraints constraints;
    constraints.video = camera;
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    stack::RTCRtpTransceiverInit init;
    init.direction = stack::RTCRtpTransceiverDirection::kSendonly;
    init.sendEncodings = std::move(encodings);
    transceiver = a.pc->addTransceiver(a.stream->getTracks().front(), init).value();
    for (const auto& each : stack::RtpSender::getCapabilities(stack::MediaKind::kVideo).codecs)
      if (each.mimeType == codec) {
        EXPECT_TRUE(transceiver->setCodecPreferences({each, {"video/rtx", 90'000, {}, {}}}).ok());
        break;
      }
    signal(a, b, [&] {
      if (looksAtLayers) lookAtLayers();
    });
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  static stack::RTCConfiguration configuration(const char* name) {
    stack::RTCConfiguration out;
    out.certificates = {fixedIdentity(name)};
    out.videoBitrate = 2'000'000;
    out.congestion.startBitrate = 1'500'000;
    return out;
  }
  void lookAtLayers() {
    for (const auto& each : b.pc->getTransceivers().front()->receiver()->layers())
      each.track->addVideoSink([this, rid = each.rid](const media::VideoFrame& picture) {
        Layer& layer = layers[rid];
        ++layer.pictures;
        if (!media::SyntheticCamera::readFrameCounter(picture)) ++layer.unreadable;
        layer.width = picture.width;
        layer.height = picture.height;
      });
  }
  void change(const std::function<void(std::vector<RTCRtpEncodingParameters>&)>& how) {
    auto parameters = transceiver->sender()->getParameters();
    how(parameters.encodings);
    const auto set = transceiver->sender()->setParameters(parameters);
    EXPECT_TRUE(set.ok()) << (set ? "" : set.error().toString());
  }
  /// Pictures of each layer in this time.
  std::map<std::string, uint64_t> watch(Duration time) {
    auto before = layers;
    world.runFor(time);
    std::map<std::string, uint64_t> out;
    for (const auto& [rid, layer] : layers) out[rid] = layer.pictures - before[rid].pictures;
    return out;
  }
  std::map<std::string, stack::RTCOutboundRtpStreamStats> sent() const {
    std::map<std::string, stack::RTCOutboundRtpStreamStats> out;
    for (const auto& stats : a.pc->getStats().outboundRtp) out[stats.rid] = stats;
    return out;
  }

  World world;
  Host& hostA;
  Peer a, b;
  std::shared_ptr<stack::RtpTransceiver> transceiver;
  std::map<std::string, Layer> layers;
};

TEST(Simulcast, EachEncodingArrivesAtItsSize) {
  SimulcastCall call(31);
  call.world.runFor(Duration::seconds(3));
  auto seen = call.watch(Duration::seconds(2));
  for (const char* rid : {"q", "h", "f"}) {
    EXPECT_GE(seen[rid], 55u) << rid;
    EXPECT_LE(call.layers[rid].unreadable, 1u) << rid;
  }
  EXPECT_EQ(call.layers["q"].width, 120);
  EXPECT_EQ(call.layers["h"].width, 240);
  EXPECT_EQ(call.layers["f"].width, 480);
  EXPECT_EQ(call.layers["f"].height, 360);
  EXPECT_GE(call.b.pictures, 120u) << "the receiver's own track shows the largest";
  const auto sent = call.sent();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent.at("h").frameWidth, 240u);
  EXPECT_NE(sent.at("q").ssrc, sent.at("f").ssrc);
  EXPECT_EQ(sent.at("f").encodingIndex, 2u);
}

TEST(Simulcast, OnlyWhatIsLookedAtIsDecoded) {
  SimulcastCall call(32, threeEncodings(), "video/VP8", false);
  call.world.runFor(Duration::seconds(4));
  const uint64_t before = call.b.pictures;
  call.world.runFor(Duration::seconds(1));
  EXPECT_GE(call.b.pictures - before, 28u);
  EXPECT_LE(call.b.pictures - before, 31u) << "one encoding, not three";
}

TEST(Simulcast, ParametersTakeEffectWithoutNegotiation) {
  SimulcastCall call(33);
  call.world.runFor(Duration::seconds(3));
  call.change([](auto& encodings) {
    encodings[2].active = false;
    encodings[1].maxFramerate = 10;
    encodings[0].scaleResolutionDownBy = 3;
  });
  call.world.runFor(Duration::millis(300));
  auto seen = call.watch(Duration::seconds(2));
  EXPECT_EQ(seen["f"], 0u);
  EXPECT_NEAR(static_cast<double>(seen["h"]), 20, 2);
  EXPECT_EQ(call.layers["q"].width, 160);
  call.change([](auto& encodings) { encodings[2].active = true; });
  call.world.runFor(Duration::millis(500));
  seen = call.watch(Duration::seconds(1));
  EXPECT_GE(seen["f"], 25u);
}

TEST(Simulcast, ANarrowLineCarriesTheLowerOnesAndAWideOneAllAgain) {
  SimulcastCall call(34);
  call.world.runFor(Duration::seconds(4));
  ASSERT_GE(call.watch(Duration::seconds(1))["f"], 25u);
  call.hostA.up.config.bitsPerSecond = 300'000;
  call.hostA.up.config.queue = Duration::millis(200);
  call.world.runFor(Duration::seconds(8));
  auto seen = call.watch(Duration::seconds(3));
  EXPECT_EQ(seen["f"], 0u);
  EXPECT_GE(seen["q"], 60u);
  EXPECT_EQ(call.sent().at("f").qualityLimitationReason, "bandwidth");
  const uint64_t shown = call.b.pictures;
  call.world.runFor(Duration::seconds(1));
  EXPECT_GE(call.b.pictures - shown, 20u) << "the largest that arrives";
  call.hostA.up.config.bitsPerSecond = 5'000'000;
  call.world.runFor(Duration::seconds(20));
  seen = call.watch(Duration::seconds(2));
  EXPECT_GE(seen["f"], 50u);
  EXPECT_GE(seen["q"], 50u);
}

TEST(Simulcast, RepairsFindTheirEncoding) {
  SimulcastCall call(35);
  call.hostA.up.config.loss = 0.05;
  call.world.runFor(Duration::seconds(4));
  auto seen = call.watch(Duration::seconds(3));
  for (const char* rid : {"q", "h", "f"}) EXPECT_GE(seen[rid], 75u) << rid;
  uint64_t repaired = 0;
  for (const auto& stats : call.b.pc->getStats().inboundRtp) repaired += stats.retransmittedPacketsReceived;
  EXPECT_GT(repaired, 0u);
}

TEST(Simulcast, AKeyFrameIsMadeForWhoAsksForIt) {
  SimulcastCall call(36);
  call.world.runFor(Duration::seconds(3));
  const auto before = call.sent();
  for (const auto& stats : call.b.pc->getStats().inboundRtp) ASSERT_GT(stats.framesDecoded, 0u);
  call.b.pc->requestKeyFrame(call.b.pc->getTransceivers().front()->receiver());
  call.world.runFor(Duration::millis(500));
  for (const auto& [rid, stats] : call.sent())
    EXPECT_EQ(stats.keyFramesEncoded, before.at(rid).keyFramesEncoded + 1) << rid;
}

TEST(Svc, EachModeArrives) {
  for (const char* codec : {"video/VP8", "video/VP9", "video/AV1"})
    for (const char* mode : {"L1T2", "L1T3", "L2T1", "L2T3_KEY", "L3T3", "L3T3_KEY"}) {
      SCOPED_TRACE(std::string(codec) + " " + mode);
      RTCRtpEncodingParameters encoding;
      encoding.scalabilityMode = mode;
      const bool vp8 = std::string_view(codec) == "video/VP8";
      if (vp8 && mode[1] != '1') continue;
      SimulcastCall call(37, {encoding}, codec);
      call.world.runFor(Duration::seconds(1));
      const uint64_t before = call.b.pictures, unreadable = call.b.unreadable;
      call.world.runFor(Duration::seconds(1));
      EXPECT_GE(call.b.pictures - before, 27u);
      EXPECT_LE(call.b.unreadable - unreadable, 1u);
      EXPECT_EQ(call.sent().at("").scalabilityMode, mode);
    }
}

TEST(Svc, AModeChangesInMidCall) {
  SimulcastCall call(38, {RTCRtpEncodingParameters()}, "video/VP9");
  call.world.runFor(Duration::seconds(1));
  for (const char* mode : {"L3T3_KEY", "L1T2", "L2T2", "L1T1"}) {
    SCOPED_TRACE(mode);
    call.change([&](auto& encodings) { encodings[0].scalabilityMode = mode; });
    call.world.runFor(Duration::millis(400));
    const uint64_t before = call.b.pictures, unreadable = call.b.unreadable;
    call.world.runFor(Duration::seconds(1));
    EXPECT_GE(call.b.pictures - before, 27u);
    EXPECT_LE(call.b.unreadable - unreadable, 1u);
    EXPECT_EQ(call.sent().at("").scalabilityMode, mode);
  }
  auto parameters = call.transceiver->sender()->getParameters();
  parameters.encodings[0].scalabilityMode = "L9T9";
  const auto refused = call.transceiver->sender()->setParameters(parameters);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOperationError);
}

}  // namespace
}  // namespace tincan::inline v0::sim

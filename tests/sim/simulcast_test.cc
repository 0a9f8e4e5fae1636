// Several encodings of one camera in a call: each on its own SSRC, by what the line carries, and as parameters say.
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "rtp/dependency_descriptor.h"
#include "rtp/extensions.h"
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
                         const char* codec = "video/VP8", bool looksAtLayers = true, bool tellsDependencies = true,
                         bool losesByIntent = false)
      : world(seed),
        hostA(world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)})),
        a(world, hostA, configuration("a", losesByIntent)),
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
    if (codec) {
      EXPECT_TRUE(transceiver->setCodecPreferences({named(codec), {"video/rtx", 90'000, {}, {}}}).ok());
    }
    negotiate(looksAtLayers, tellsDependencies);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  static stack::RTCRtpCodec named(std::string_view mimeType) {
    for (auto& each : stack::RtpSender::getCapabilities(stack::MediaKind::kVideo).codecs)
      if (each.mimeType == mimeType) return each;
    ADD_FAILURE() << "no " << mimeType;
    return {};
  }
  /// `losesByIntent`: what is lost says nothing of the line, and nothing is sent beforehand.
  static stack::RTCConfiguration configuration(const char* name, bool losesByIntent = false) {
    stack::RTCConfiguration out;
    out.certificates = {fixedIdentity(name)};
    out.videoBitrate = 2'000'000;
    out.congestion.startBitrate = 1'500'000;
    if (losesByIntent) {
      out.congestion.controller = stack::CongestionSettings::Controller::kFixed;
      out.fec.video = stack::FecSettings::Video::kNone;
      out.rtpHeaderEncryptionPolicy = stack::RTCRtpHeaderEncryptionPolicy::kDisable;  // who drops reads headers
    }
    return out;
  }
  void negotiate(bool looksAtLayers, bool tellsDependencies) {
    EXPECT_TRUE(a.pc->setLocalDescription().ok());
    stack::RTCSessionDescription offer = *a.pc->localDescription();
    if (!tellsDependencies) removeLine(offer.sdp, std::string(rtp::uri(rtp::ExtensionKind::kDependencyDescriptor)));
    EXPECT_TRUE(b.pc->setRemoteDescription(offer).ok());
    if (looksAtLayers) lookAtLayers();
    EXPECT_TRUE(b.pc->setLocalDescription().ok());
    EXPECT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
  }
  static void removeLine(std::string& sdp, const std::string& with) {
    const size_t at = sdp.find(with);
    ASSERT_NE(at, std::string::npos);
    const size_t begin = sdp.rfind('\n', at) + 1;
    sdp.erase(begin, sdp.find('\n', at) + 1 - begin);
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

// W3C §5.4.1.
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

// W3C §5.2.
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

TEST(Simulcast, EachEncodingIsInTheCodecThatItNames) {
  auto encodings = threeEncodings();
  encodings[1].codec = SimulcastCall::named("video/VP9");
  encodings[2].codec = SimulcastCall::named("video/AV1");
  SimulcastCall call(41, encodings, nullptr);
  const auto expect = [&](const std::map<std::string, std::string>& codecs) {
    call.world.runFor(Duration::seconds(2));
    auto seen = call.watch(Duration::seconds(1));
    for (const auto& [rid, codec] : codecs) {
      EXPECT_EQ(call.sent().at(rid).codec, codec) << rid;
      EXPECT_GE(seen[rid], 25u) << rid;
      EXPECT_LE(call.layers[rid].unreadable, 2u) << rid;
    }
  };
  expect({{"q", "video/VP8"}, {"h", "video/VP9"}, {"f", "video/AV1"}});
  call.change([](auto& all) {
    all[0].codec = SimulcastCall::named("video/AV1");
    all[1].codec.reset();
    all[2].codec = SimulcastCall::named("video/VP8");
  });
  expect({{"q", "video/AV1"}, {"h", "video/VP8"}, {"f", "video/VP8"}});
}

TEST(Encodings, SoundChangesItsCodecInMidCall) {
  World world(45);
  Peer a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  signal(a, b);
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  const auto sender = a.pc->getSenders().front()->track()->isVideo() ? a.pc->getSenders()[1] : a.pc->getSenders()[0];
  const auto heard = [&] {
    for (const auto& stats : b.pc->getStats().inboundRtp)
      if (stats.kind == "audio") return stats.codec;
    return std::string();
  };
  for (const char* codec : {"audio/PCMU", "audio/opus", "audio/G722"}) {
    SCOPED_TRACE(codec);
    auto parameters = sender->getParameters();
    const auto found = std::find_if(parameters.codecs.begin(), parameters.codecs.end(),
                                    [&](const auto& each) { return each.mimeType == codec; });
    if (found == parameters.codecs.end()) continue;  // built without it
    parameters.encodings[0].codec = *found;
    ASSERT_TRUE(sender->setParameters(parameters).ok());
    world.runFor(Duration::seconds(1));
    EXPECT_EQ(heard(), codec);
    const uint64_t before = b.loudSounds;
    world.runFor(Duration::seconds(1));
    EXPECT_GE(b.loudSounds - before, 40u);
  }
}

TEST(Simulcast, ACodecThatIsNotNegotiatedIsNamedNoMore) {
  RTCRtpEncodingParameters encoding;
  encoding.codec = SimulcastCall::named("video/VP9");
  SimulcastCall call(42, {encoding}, "video/VP8");
  EXPECT_FALSE(call.transceiver->sender()->getParameters().encodings[0].codec.has_value());
  call.world.runFor(Duration::seconds(1));
  EXPECT_EQ(call.sent().at("").codec, "video/VP8");
  const auto refused = [&](const char* mimeType) {
    auto parameters = call.transceiver->sender()->getParameters();
    parameters.encodings[0].codec =
        mimeType ? SimulcastCall::named(mimeType) : stack::RTCRtpCodec{"video/rtx", 90'000, {}, {}};
    const auto set = call.transceiver->sender()->setParameters(parameters);
    return set.ok() ? "nothing" : std::string(name(set.error().code()));
  };
  EXPECT_EQ(refused("video/VP9"), "InvalidModificationError");
  EXPECT_EQ(refused(nullptr), "InvalidModificationError") << "repair is no codec";
  EXPECT_EQ(refused("video/VP8"), "nothing");
}

// RFC 8852 §3.
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

TEST(Simulcast, EachEncodingHasParityOfItsOwnWhereARepairTakesLong) {
  SimulcastCall call(44, threeEncodings(), nullptr);  // RED and ULPFEC among the codecs
  call.hostA.up.config.delay = Duration::millis(100);
  call.hostA.up.config.loss = 0.08;
  call.world.runFor(Duration::seconds(6));
  auto seen = call.watch(Duration::seconds(6));
  uint64_t protectedStreams = 0;
  for (const auto& stats : call.b.pc->getStats().inboundRtp)
    protectedStreams += stats.fecPacketsReceived > stats.fecPacketsDiscarded + 3 ? 1 : 0;
  EXPECT_EQ(protectedStreams, 3u) << "and some of it has repaired something";
  for (const char* rid : {"q", "h", "f"}) {
    EXPECT_GE(seen[rid], 60u) << rid;
    EXPECT_LE(call.layers[rid].unreadable, 2u) << rid;
  }
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

// webrtc-svc §6.
TEST(Svc, EachModeArrives) {
  for (const char* codec : {"video/VP8", "video/VP9", "video/AV1"})
    for (const char* mode : {"L1T2", "L1T3", "L2T1", "L2T3_KEY", "L3T3", "L3T3_KEY", "L2T2h", "S2T1", "S3T3h"}) {
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

// Chromium offers no dependency descriptor of itself, and shows nothing of AV1's spatial layers without one.
TEST(Svc, WithoutADescriptorOnlyACodecThatTellsItsLayersHasSpatialOnes) {
  struct Row {
    const char *codec, *wanted, *sent;
  };
  for (const Row& row : {Row{"video/AV1", "L3T3_KEY", "L1T3"}, Row{"video/AV1", "L2T1", "L1T1"},
                         Row{"video/AV1", "L1T2", "L1T2"}, Row{"video/VP9", "L3T3_KEY", "L3T3_KEY"}}) {
    SCOPED_TRACE(std::string(row.codec) + " " + row.wanted);
    RTCRtpEncodingParameters encoding;
    encoding.scalabilityMode = row.wanted;
    SimulcastCall call(39, {encoding}, row.codec, true, false);
    call.world.runFor(Duration::seconds(1));
    const uint64_t before = call.b.pictures;
    call.world.runFor(Duration::seconds(1));
    EXPECT_GE(call.b.pictures - before, 27u);
    EXPECT_EQ(call.sent().at("").scalabilityMode, row.sent);
    EXPECT_EQ(call.transceiver->sender()->getParameters().encodings[0].scalabilityMode, row.sent);
  }
}

/// Stands between two peers and drops the frames of upper temporal layers, repairs included, numbers and all else as they
/// were: it reads no more than headers, where the dependency descriptor is in the clear.
struct LayerDropper {
  LayerDropper(SimulcastCall& call, uint8_t keptLayers) : kept(keptLayers) {
    for (const auto& each : call.transceiver->sender()->getParameters().headerExtensions)
      if (each.uri == rtp::uri(rtp::ExtensionKind::kDependencyDescriptor)) id = static_cast<uint8_t>(each.id);
    EXPECT_NE(id, 0);
    call.hostA.up.detour = [this](ByteView bytes) { return drops(bytes) ? Duration::seconds(3600) : Duration::zero(); };
  }
  bool drops(ByteView bytes) {
    rtp::Header header;
    if (bytes.empty() || bytes[0] >> 6 != 2 || (bytes[1] >= 192 && bytes[1] <= 223)) return false;  // no RTP
    if (!rtp::Header::parse(bytes, header)) return false;
    const auto value = rtp::findExtension(bytes, header, id);
    const auto told = value ? rtp::DependencyDescriptor::read(*value, structure ? &*structure : nullptr) : std::nullopt;
    if (!told) return false;
    if (told->structure) structure = told->structure;
    if (told->frame.temporal < kept) return false;
    ++dropped;
    return true;
  }

  uint8_t kept, id = 0;
  std::optional<rtp::DependencyStructure> structure;
  uint64_t dropped = 0;
};

TEST(Svc, WhoForwardsMayDropUpperLayersWithoutAFreezeOrAKeyFrame) {
  for (const char* codec : {"video/VP8", "video/VP9", "video/AV1"}) {
    SCOPED_TRACE(codec);
    RTCRtpEncodingParameters encoding;
    encoding.scalabilityMode = "L1T3";
    SimulcastCall call(43, {encoding}, codec, true, true, true);
    call.world.runFor(Duration::seconds(1));
    LayerDropper dropper(call, 3);
    call.b.pc->requestKeyFrame(call.b.pc->getTransceivers().front()->receiver());  // which tells the structure again
    call.world.runFor(Duration::seconds(4));
    ASSERT_TRUE(dropper.structure.has_value());
    dropper.kept = 2;
    call.world.runFor(Duration::seconds(1));
    const auto before = call.b.pc->getStats().inboundRtp.front();
    const uint64_t pictures = call.b.pictures, unreadable = call.b.unreadable;
    call.world.runFor(Duration::seconds(6));
    const auto after = call.b.pc->getStats().inboundRtp.front();
    EXPECT_GT(dropper.dropped, 80u);
    EXPECT_NEAR(static_cast<double>(call.b.pictures - pictures), 90, 3) << "every second one";
    EXPECT_LE(call.b.unreadable - unreadable, 1u);
    EXPECT_EQ(after.pliCount, before.pliCount);
    EXPECT_EQ(after.keyFramesDecoded, before.keyFramesDecoded);
    EXPECT_EQ(after.freezeCount, before.freezeCount);
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

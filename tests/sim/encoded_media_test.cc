// Tracks whose frames are encoded already: what is pushed at one end is what onencodedframe gives at the other.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/encoded_source.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using media::CodecFormat;
using media::CodecKind;
using media::EncodedAudioSource;
using media::EncodedFrame;
using media::EncodedVideoSource;

const CodecFormat kVp8{CodecKind::kVideo, "VP8", 90'000};

/// Stands for a camera with an encoder of its own: pictures of a test card at 10 a second, by libvpx.
class HardwareCamera {
 public:
  HardwareCamera(World& world, uint32_t bitrate, const std::string& mode = "L1T1") : world_(world) {
    media::VideoConstraints small;
    small.width = 160;
    small.height = 120;
    media::MediaStreamConstraints wanted;
    wanted.video = small;
    camera_ = media::getUserMedia(wanted, world.newRandom()).value()->getTracks().front();
    media::VideoEncoderSettings settings;
    settings.width = 160;
    settings.height = 120;
    settings.bitrateBps = bitrate;
    settings.scalabilityMode = mode;
    encoder_ = media::builtInCodecs().videoEncoder(kVp8, settings).value();
    camera_->addVideoSink([this](const media::VideoFrame& picture) { encode(picture); });
    source->onkeyframerequest = [this] {
      ++requests;
      keyFrame_ = true;
    };
    source->ontargetbitrate = [this](uint32_t rate) { targets.push_back(rate); };
    source->onrefused = [this](const Error& why) { refusals.push_back(why.message()); };
  }
  void capture() { camera_->capture(world_.now()); }

  std::shared_ptr<EncodedVideoSource> source = std::make_shared<EncodedVideoSource>(kVp8);
  int requests = 0, pushed = 0;
  std::vector<uint32_t> targets;
  std::vector<std::string> refusals;
  std::vector<Bytes> frames;
  bool dropNext = false;

 private:
  void encode(const media::VideoFrame& picture) {
    std::vector<media::EncodedVideo> out;
    if (!encoder_->encode(picture, std::exchange(keyFrame_, false), out)) return;
    for (media::EncodedVideo& frame : out) {
      if (std::exchange(dropNext, false)) continue;
      ++pushed;
      frames.push_back(frame.data);
      EXPECT_TRUE(source->push(std::move(frame)).ok());
    }
  }

  World& world_;
  stack::MediaStreamTrackPtr camera_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  bool keyFrame_ = false;
};

struct EncodedMedia : testing::Test {
  World world{21};
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)})};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)})};

  void SetUp() override {
    trickle(a, b);
    trickle(b, a);
  }
  void connect() {
    signal(a, b);
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  void run(HardwareCamera& camera, int pictures) {
    for (int i = 0; i < pictures; ++i) {
      camera.capture();
      world.runFor(Duration::micros(33'334));
    }
  }
  stack::RTCOutboundRtpStreamStats sent() { return a.pc->getStats().outboundRtp.front(); }
};

/// Two chips on one source: frames by rid, each chip told by its name.
struct TwoEncodings {
  explicit TwoEncodings(World& world) : small(world, 100'000), large(world, 200'000) {
    source->onencodingkeyframerequest = [this](const std::string& rid) { of(rid).source->onkeyframerequest(); };
    source->onencodingtargetbitrate = [this](const std::string& rid, uint32_t rate) { targets[rid] = rate; };
  }
  HardwareCamera& of(const std::string& rid) { return rid == "s" ? small : large; }
  void capture() {
    for (const char* rid : {"s", "l"}) {
      HardwareCamera& chip = of(rid);
      chip.capture();
      EncodedFrame frame;
      while (chip.source->capture(TimePoint::never(), frame)) {
        frame.rid = rid;
        frame.time = {};
        EXPECT_TRUE(source->push(frame).ok());
        ++pushed[rid];
      }
    }
  }
  std::shared_ptr<EncodedVideoSource> source =
      std::make_shared<EncodedVideoSource>(kVp8, std::vector<std::string>{"s", "l"});
  HardwareCamera small, large;
  std::map<std::string, uint32_t> targets;
  std::map<std::string, int> pushed;
};

TEST(EncodedEncodings, ASourceFeedsSeveralEncodings) {
  World world(22);
  stack::RTCConfiguration fast;
  fast.congestion.startBitrate = 2'000'000;
  Peer a(world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)}), fast);
  Peer b(world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)}), fast);
  trickle(a, b);
  trickle(b, a);
  TwoEncodings chips(world);
  stack::RTCRtpTransceiverInit init;
  init.direction = stack::RTCRtpTransceiverDirection::kSendonly;
  init.sendEncodings.resize(2);
  init.sendEncodings[0].rid = "s";
  init.sendEncodings[1].rid = "l";
  const auto track = media::MediaStreamTrack::localVideo(chips.source, "chip", world.newRandom());
  const auto transceiver = a.pc->addTransceiver(track, init).value();
  std::map<std::string, int> received, keys;
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    event.receiver->onencodedframe = [&](const stack::EncodedFrame& frame) {
      ++received[std::string(frame.rid)];
      keys[std::string(frame.rid)] += frame.keyFrame ? 1 : 0;
    };
  };
  signal(a, b);
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  const auto run = [&](int pictures) {
    received.clear();
    keys.clear();
    for (int i = 0; i < pictures; ++i) {
      chips.capture();
      world.runFor(Duration::micros(33'334));
    }
  };
  run(90);
  EXPECT_GE(received["s"], 70);
  EXPECT_GE(received["l"], 70);
  EXPECT_GT(chips.targets["s"], 0u);
  EXPECT_GT(chips.targets["l"], chips.targets["s"]);
  const int before = chips.small.requests;
  auto parameters = transceiver->sender()->getParameters();
  parameters.encodings[1].active = false;
  ASSERT_TRUE(transceiver->sender()->setParameters(parameters).ok());
  run(30);
  run(30);
  EXPECT_EQ(received["l"], 0);
  EXPECT_GE(received["s"], 28);
  EXPECT_EQ(chips.targets["l"], 0u);
  EXPECT_EQ(chips.small.requests, before) << "only what was paused needs a key frame";
  parameters = transceiver->sender()->getParameters();
  parameters.encodings[1].active = true;
  ASSERT_TRUE(transceiver->sender()->setParameters(parameters).ok());
  run(60);
  EXPECT_GE(received["l"], 50);
  EXPECT_GE(keys["l"], 1);
}

TEST_F(EncodedMedia, OfSeveralEncodingsASenderOfOneTakesTheLast) {
  TwoEncodings chips(world);
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localVideo(chips.source, "chip", world.newRandom())).ok());
  int received = 0;
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    event.receiver->onencodedframe = [&](const stack::EncodedFrame&) { ++received; };
  };
  connect();
  for (int i = 0; i < 60; ++i) {
    chips.capture();
    world.runFor(Duration::micros(33'334));
  }
  EXPECT_GE(received, 45);
  EXPECT_LE(received, 60);
  EXPECT_GT(chips.targets["l"], 0u);
  EXPECT_FALSE(chips.targets.contains("s"));
  EncodedFrame frame;
  frame.data = {1};
  EXPECT_EQ(chips.source->push(frame).error().code(), ErrorCode::kNotFoundError) << "of none of them";
}

TEST_F(EncodedMedia, FramesArriveAsTheyWerePushed) {
  HardwareCamera camera(world, 200'000);
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localVideo(camera.source, "chip", world.newRandom())).ok());
  std::vector<Bytes> received;
  std::vector<uint32_t> timestamps;
  int keys = 0;
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    b.watch(event.track);
    event.receiver->onencodedframe = [&](const stack::EncodedFrame& frame) {
      received.push_back(toBytes(frame.data));
      timestamps.push_back(frame.rtpTimestamp);
      keys += frame.keyFrame ? 1 : 0;
      EXPECT_EQ(frame.codec, "VP8");
    };
  };
  connect();
  run(camera, 90);
  world.runFor(Duration::seconds(1));
  ASSERT_GE(received.size(), 80u);
  EXPECT_GE(keys, 1);
  EXPECT_GE(b.pictures, 80u) << "and they are pictures";
  EXPECT_EQ(b.unreadable, 0u);
  // From the first that came, each as it was pushed.
  const auto first = std::find(camera.frames.begin(), camera.frames.end(), received.front());
  ASSERT_NE(first, camera.frames.end());
  ASSERT_LE(static_cast<std::ptrdiff_t>(received.size()), camera.frames.end() - first);
  EXPECT_TRUE(std::equal(received.begin(), received.end(), first));
  for (size_t i = 1; i < timestamps.size(); ++i) EXPECT_NEAR(timestamps[i] - timestamps[i - 1], 3000, 200);
  EXPECT_GE(camera.requests, 1) << "a sender begins with a key frame";
  ASSERT_FALSE(camera.targets.empty());
  EXPECT_GE(camera.targets.back(), 200'000u);
  const auto stats = sent();
  EXPECT_EQ(*stats.framesSent, received.size());
  EXPECT_EQ(stats.framesRefused, 0u);
  EXPECT_EQ(stats.encoderImplementation, "encoded source");
}

TEST_F(EncodedMedia, LayersAreTold) {
  HardwareCamera camera(world, 200'000, "L1T3");
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localVideo(camera.source, "chip", world.newRandom())).ok());
  std::map<int, int> frames;
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    event.receiver->onencodedframe = [&](const stack::EncodedFrame& frame) {
      ++frames[frame.temporalLayer];
      EXPECT_EQ(frame.spatialLayer, 0);
    };
  };
  connect();
  run(camera, 80);
  // Of four pictures, one is of the lowest, one of the middle, and two of the upper layer (webrtc-svc §6, L1T3).
  EXPECT_EQ(frames.size(), 3u);
  EXPECT_NEAR(frames[0], frames[1], 4);
  EXPECT_NEAR(frames[2], 2 * frames[0], 6);
}

TEST_F(EncodedMedia, APeerThatAsksGetsAKeyFrame) {
  HardwareCamera camera(world, 200'000);
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localVideo(camera.source, "chip", world.newRandom())).ok());
  connect();
  run(camera, 30);
  const int before = camera.requests;
  b.pc->requestKeyFrame(b.pc->getReceivers().front());
  run(camera, 15);
  EXPECT_EQ(camera.requests, before + 1);
  EXPECT_GE(*sent().keyFramesEncoded, 2u);
}

TEST_F(EncodedMedia, SetParametersReachesTheSource) {
  HardwareCamera camera(world, 200'000);
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localVideo(camera.source, "chip", world.newRandom())).ok());
  connect();
  run(camera, 15);
  const auto sender = a.pc->getSenders().front();
  auto parameters = sender->getParameters();
  parameters.encodings.front().maxBitrate = 77'000;
  ASSERT_TRUE(sender->setParameters(parameters).ok());
  run(camera, 5);
  EXPECT_EQ(camera.targets.back(), 77'000u);
  parameters = sender->getParameters();
  parameters.encodings.front().active = false;
  ASSERT_TRUE(sender->setParameters(parameters).ok());
  const uint64_t frames = *sent().framesSent;
  run(camera, 15);
  EXPECT_EQ(*sent().framesSent, frames);
  const int requests = camera.requests;
  parameters = sender->getParameters();
  parameters.encodings.front().active = true;
  ASSERT_TRUE(sender->setParameters(parameters).ok());
  run(camera, 15);
  EXPECT_GT(camera.requests, requests) << "what was missed is not waited for";
  EXPECT_GT(*sent().framesSent, frames);
}

TEST_F(EncodedMedia, AFormatThatWasNotNegotiatedIsRefusedInWords) {
  const auto source = std::make_shared<EncodedVideoSource>(CodecFormat{CodecKind::kVideo, "H265", 90'000});
  std::vector<std::string> refusals;
  source->onrefused = [&](const Error& why) { refusals.push_back(why.message()); };
  const auto track = media::MediaStreamTrack::localVideo(source, "chip", world.newRandom());
  ASSERT_TRUE(a.pc->addTrack(track).ok());
  connect();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(source->push({Bytes(100, 1), true}).ok());
    world.runFor(Duration::millis(33));
  }
  EXPECT_EQ(sent().framesRefused, 20u);
  EXPECT_EQ(*sent().packetsSent, 0u);
  ASSERT_EQ(refusals.size(), 1u) << "told once";
  EXPECT_NE(refusals[0].find("H265"), std::string::npos);
  EXPECT_NE(refusals[0].find("setCodecPreferences"), std::string::npos);
  // What is known to come to nothing is an error at once.
  const auto refused =
      a.pc->getSenders().front()->replaceTrack(media::MediaStreamTrack::localVideo(source, "again", world.newRandom()));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidModificationError);
}

TEST_F(EncodedMedia, H265GoesThroughWhereItIsPreferred) {
  const CodecFormat* h265 = nullptr;
  const auto formats = media::builtInCodecs().formats(CodecKind::kVideo);
  for (const auto& each : formats)
    if (each.format.is("H265")) h265 = &each.format;
  if (!h265) GTEST_SKIP() << "no H265 in this build's list";
  const auto source = std::make_shared<EncodedVideoSource>(*h265);
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localVideo(source, "chip", world.newRandom())).ok());
  std::string fmtp;
  for (const auto& [key, value] : h265->parameters) fmtp += (fmtp.empty() ? "" : ";") + key + "=" + value;
  stack::RTCRtpCodec codec{"video/H265", 90'000, {}, {}};
  if (!fmtp.empty()) codec.sdpFmtpLine = fmtp;
  ASSERT_TRUE(a.pc->getTransceivers().front()->setCodecPreferences({codec}).ok());
  std::vector<Bytes> received;
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    event.receiver->onencodedframe = [&](const stack::EncodedFrame& frame) { received.push_back(toBytes(frame.data)); };
  };
  signal(a, b, [&] { ASSERT_TRUE(b.pc->getTransceivers().front()->setCodecPreferences({codec}).ok()); });
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  // VPS, SPS, PPS and an IDR slice (RFC 7798 §1.1.4: type in six bits), each of it larger than a packet at times.
  Bytes frame;
  for (const auto& [type, size] : std::vector<std::pair<int, size_t>>{{32, 20}, {33, 40}, {34, 10}, {19, 5000}}) {
    const uint8_t start[] = {0, 0, 0, 1, static_cast<uint8_t>(type << 1), 1};
    frame.insert(frame.end(), std::begin(start), std::end(start));
    frame.insert(frame.end(), size, 0xab);
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(source->push({frame, true}).ok());
    world.runFor(Duration::millis(100));
  }
  world.runFor(Duration::seconds(1));
  ASSERT_EQ(received.size(), 5u);
  EXPECT_EQ(received.front(), frame);
}

TEST_F(EncodedMedia, SoundThatIsEncodedAlready) {
  const CodecFormat opus{CodecKind::kAudio, "opus", 48'000, 2};
  const auto source = std::make_shared<EncodedAudioSource>(opus);
  ASSERT_TRUE(a.pc->addTrack(media::MediaStreamTrack::localAudio(source, "chip", world.newRandom())).ok());
  connect();
  auto encoder = media::builtInCodecs().audioEncoder(opus, {}).value();
  media::MediaStreamConstraints wanted;
  wanted.audio = true;
  const auto microphone = media::getUserMedia(wanted, world.newRandom()).value()->getTracks().front();
  microphone->addAudioSink([&](const media::AudioFrame& sound) {
    std::vector<media::EncodedAudio> out;
    ASSERT_TRUE(encoder->encode(sound, out).ok());
    for (auto& frame : out) EXPECT_TRUE(source->push(std::move(frame)).ok());
  });
  for (int i = 0; i < 150; ++i) {
    microphone->capture(world.now());
    world.runFor(Duration::millis(20));
  }
  EXPECT_GE(b.loudSounds, 120u);
  // What no packet holds is refused, and nothing else is.
  std::vector<std::string> refusals;
  source->onrefused = [&](const Error& why) { refusals.push_back(why.message()); };
  EXPECT_TRUE(source->push({Bytes(1400, 1)}).ok());
  world.runFor(Duration::millis(20));
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(sent().framesRefused, 1u);
}

TEST_F(EncodedMedia, ATrackMayBeReplacedEitherWay) {
  a.addCameraMic();
  connect();
  world.runFor(Duration::seconds(1));
  const uint64_t before = b.pictures;
  EXPECT_GT(before, 10u);
  HardwareCamera camera(world, 200'000);
  const auto senders = a.pc->getSenders();
  const auto video = std::find_if(senders.begin(), senders.end(),
                                  [](const auto& sender) { return sender->track()->kind() == "video"; });
  ASSERT_NE(video, senders.end());
  const auto raw = (*video)->track();
  ASSERT_TRUE(
      (*video)->replaceTrack(media::MediaStreamTrack::localVideo(camera.source, "chip", world.newRandom())).ok());
  run(camera, 60);
  EXPECT_GT(b.pictures, before + 40);
  const uint64_t then = b.pictures;
  ASSERT_TRUE((*video)->replaceTrack(raw).ok());
  world.runFor(Duration::seconds(2));
  EXPECT_GT(b.pictures, then + 40);
}

TEST_F(EncodedMedia, ATrackThatIsNotEnabledSendsNothingAndComesBackWithAKeyFrame) {
  HardwareCamera camera(world, 200'000);
  const auto track = media::MediaStreamTrack::localVideo(camera.source, "chip", world.newRandom());
  ASSERT_TRUE(a.pc->addTrack(track).ok());
  connect();
  run(camera, 30);
  track->setEnabled(false);
  run(camera, 2);
  const uint64_t frames = *sent().framesSent;
  run(camera, 20);
  EXPECT_EQ(*sent().framesSent, frames);
  const int requests = camera.requests;
  const uint64_t keys = *sent().keyFramesEncoded;
  track->setEnabled(true);
  run(camera, 30);
  EXPECT_GT(camera.requests, requests);
  EXPECT_GT(*sent().keyFramesEncoded, keys);
  EXPECT_GT(*sent().framesSent, frames + 15);
}

TEST(EncodedSource, HoldsSoManyFramesAndNoMore) {
  EncodedVideoSource source(kVp8);
  EXPECT_EQ(source.push({Bytes()}).error().code(), ErrorCode::kRangeError);
  EXPECT_EQ(source.push({Bytes(EncodedVideoSource::kMaxFrameBytes + 1)}).error().code(), ErrorCode::kRangeError);
  for (size_t i = 0; i < EncodedVideoSource::kMaxHeld; ++i) EXPECT_TRUE(source.push({Bytes(1, uint8_t(i))}).ok());
  EXPECT_EQ(source.push({Bytes(1, 255)}).error().code(), ErrorCode::kLimit);
  EncodedFrame frame;
  size_t held = 0;
  while (source.capture(TimePoint::fromMicros(1), frame)) {
    if (held++ == 0) {
      EXPECT_EQ(frame.data[0], 1) << "the oldest went";
    }
  }
  EXPECT_EQ(held, EncodedVideoSource::kMaxHeld);
  EXPECT_TRUE(source.nextFrameTime().isNever());
}

TEST(EncodedSource, TellsTheLeastOfWhatItsSendersMaySend) {
  EncodedVideoSource source(kVp8);
  std::vector<uint32_t> told;
  source.ontargetbitrate = [&](uint32_t rate) { told.push_back(rate); };
  int one = 0, other = 0;
  source.setTarget(&one, 500'000);
  source.tellTarget();
  source.setTarget(&other, 300'000);
  source.tellTarget();
  source.tellTarget();
  source.setTarget(&other, std::nullopt);
  source.tellTarget();
  EXPECT_EQ(told, (std::vector<uint32_t>{500'000, 300'000, 500'000}));
}

}  // namespace
}  // namespace tincan::inline v0::sim

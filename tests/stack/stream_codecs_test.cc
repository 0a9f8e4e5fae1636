// One stream that goes from one codec to another: the payload type of each packet says what it is.
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/rtcp/packet.h"
#include "tests/stack/fake_codecs.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kSsrc = 77;

media::AudioFrame tone(int index) {
  media::AudioFrame frame;
  frame.captured = TimePoint::fromMicros(index * 20'000);
  frame.rtpTimestamp = static_cast<uint32_t>(index * media::AudioFrame::kSamples);
  for (int i = 0; i < media::AudioFrame::kSamples; ++i) {
    const double t = (index * media::AudioFrame::kSamples + i) / 48'000.0;
    frame.samples.push_back(static_cast<int16_t>(12'000 * std::sin(2 * std::numbers::pi * 440 * t)));
  }
  return frame;
}

struct Stream {
  Stream() {
    on.sections[0].codecs = {{"opus", 111, 48'000, 2, {}, {}, {}},
                             {"PCMU", 0, 8'000, 1, {}, {}, {}},
                             {"PCMA", 8, 8'000, 1, {}, {}, {}},
                             {"CN", 13, 8'000, 1, {}, {}, {}},
                             {"telephone-event", 126, 8'000, 1, {}, {}, {}}};
    EXPECT_TRUE(on.wire.connect());
    on.session.apply(on.sections);
    on.audio->receiver()->track()->addAudioSink([this](const media::AudioFrame& frame) {
      ++sounds;
      loud += frame.rms() > 0.15;
      faint += frame.rms() > 0 && frame.rms() < 0.05;
    });
    on.audio->receiver()->onencodedframe = [this](const EncodedFrame& frame) { names.emplace_back(frame.codec); };
  }
  void send(const char* name, uint8_t type, uint32_t clockRate, uint8_t channels, int packets) {
    auto encoder = *media::builtInCodecs().audioEncoder(audioFormat(name, clockRate, channels), {});
    for (int i = 0; i < packets; ++i) {
      std::vector<media::EncodedAudio> out;
      EXPECT_TRUE(encoder->encode(tone(i), out).ok());
      for (const auto& packet : out) raw(type, packet.data, clockRate / 50);
    }
  }
  void raw(uint8_t type, const Bytes& payload, uint32_t duration) {
    on.fromPeer(type, kSsrc, sequence++, timestamp, payload);
    timestamp += duration;
    on.run(Duration::millis(20));
  }
  RTCInboundRtpStreamStats stats() const {
    RTCStatsReport report;
    on.session.addStats(on.wire.now(), report);
    return report.inboundRtp.empty() ? RTCInboundRtpStreamStats() : report.inboundRtp.front();
  }

  SessionOnWire on;
  uint16_t sequence = 100;
  uint32_t timestamp = 5'000;
  int sounds = 0, loud = 0, faint = 0;
  std::vector<std::string> names;
};

TEST(StreamCodecs, SoundGoesOnAcrossClocks) {
  Stream stream;
  stream.send("opus", 111, 48'000, 2, 50);
  EXPECT_EQ(stream.stats().codec, "audio/opus");
  const int before = stream.loud;
  EXPECT_GE(before, 40);
  stream.send("PCMU", 0, 8'000, 1, 50);
  EXPECT_EQ(stream.stats().codec, "audio/PCMU");
  EXPECT_GE(stream.loud, before + 45);
  stream.send("PCMA", 8, 8'000, 1, 50);
  EXPECT_GE(stream.loud, before + 95) << "from one to the other of one clock nothing is lost";
  stream.send("opus", 111, 48'000, 2, 50);
  EXPECT_GE(stream.loud, before + 140);
  const auto stats = stream.stats();
  EXPECT_EQ(stats.framesReceived, 200u) << "counters do not go back with the buffer";
  EXPECT_LT(stats.jitter, 0.01) << "nor is a new clock jitter";
  EXPECT_EQ(stats.packetsLost, 0);
}

TEST(StreamCodecs, ComfortNoiseFillsAPause) {
  Stream stream;
  stream.send("PCMU", 0, 8'000, 1, 50);
  const int loud = stream.loud;
  stream.raw(13, {50}, 160);  // -50 dBov (RFC 3389 §3)
  stream.faint = 0;
  stream.on.run(Duration::millis(1'000));
  EXPECT_GE(stream.faint, 40) << "of 50 ticks";
  EXPECT_LE(stream.loud, loud + 12) << "what was held of the sound before it";
  stream.timestamp += 8'000;
  stream.send("PCMU", 0, 8'000, 1, 50);
  EXPECT_GE(stream.loud, loud + 45);
}

// What has no decoder is told and not played; what has no meaning is nothing.
TEST(StreamCodecs, EventsAreToldAndUnknownTypesAreNot) {
  Stream stream;
  stream.send("PCMU", 0, 8'000, 1, 10);
  stream.names.clear();
  stream.raw(126, {5, 10, 0, 160}, 160);
  stream.raw(99, {1, 2, 3}, 160);
  stream.raw(0, {}, 160);
  EXPECT_EQ(stream.names, (std::vector<std::string>{"telephone-event"}));
}

// A new answer gives a number another meaning: decoders follow it.
TEST(StreamCodecs, NumbersMeanWhatTheNewestAnswerSays) {
  Stream stream;
  stream.send("PCMU", 0, 8'000, 1, 20);
  stream.on.sections[0].codecs = {{"PCMA", 0, 8'000, 1, {}, {}, {}}};
  stream.on.session.apply(stream.on.sections);
  EXPECT_EQ(stream.stats().codec, "audio/PCMA");
  const int loud = stream.loud;
  stream.send("PCMA", 0, 8'000, 1, 20);
  EXPECT_GE(stream.loud, loud + 15);
}

/// VP8's payload format, and nobody who decodes it: a forwarder's build without libraries.
class OnlyForwarded final : public ListedCodecs {
 public:
  OnlyForwarded() : ListedCodecs({}, {{videoFormat("VP8"), false, false, true}}) {}
  std::optional<rtp::VideoFormat> payloadFormat(const media::CodecFormat&) const override {
    return rtp::VideoFormat::kVp8;
  }
  FrameInfo inspect(const media::CodecFormat&, ByteView frame) const override { return {(frame[0] & 1) == 0, 16, 16}; }
};

TEST(StreamCodecs, FramesThatNobodyDecodesAreForwardedAndNotAskedForAgain) {
  const OnlyForwarded codecs;
  MediaSession::Config config;
  config.codecs = &codecs;
  SessionOnWire on(config);
  ASSERT_TRUE(on.wire.connect());
  on.session.apply(on.sections);
  int forwarded = 0, pictures = 0, feedback = 0;
  on.video->receiver()->onencodedframe = [&](const EncodedFrame& frame) { forwarded += frame.codec == "VP8"; };
  on.video->receiver()->track()->addVideoSink([&](const media::VideoFrame&) { ++pictures; });
  on.onRtcp = [&](const PacketBuffer& packet) {
    const auto parsed = rtp::rtcp::parseCompound(packet.view());
    for (size_t i = 0; parsed && i < parsed->size(); ++i)
      feedback += std::holds_alternative<rtp::rtcp::Pli>((*parsed)[i]);
  };
  for (uint16_t i = 0; i < 90; ++i) {
    const uint8_t first = i == 0 ? 0x10 : 0x11;  // a key frame of 16 x 16, then others
    on.fromPeer(SessionOnWire::kVp8Type, kSsrc, i, i * 3'000u,
                Bytes{0x10, first, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0});
    on.run(Duration::millis(30));
  }
  EXPECT_GE(forwarded, 85);
  EXPECT_EQ(pictures, 0);
  EXPECT_EQ(feedback, 0);
}

}  // namespace
}  // namespace tincan::inline v0::stack

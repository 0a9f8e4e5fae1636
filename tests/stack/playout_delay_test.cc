// How late sound and pictures are played: as the application asks (jitterBufferTarget), and the sender (playout-delay).
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "rtp/extension_values.h"
#include "tests/media/codec/makers.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kSound = 77, kPicture = 88;

class PlayoutDelayTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(on_.wire.connect());
    on_.sections[1].extensions = {{5, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"}};
    on_.session.apply(on_.sections);
    on_.audio->receiver()->track()->addAudioSink([this](const media::AudioFrame& frame) {
      if (frame.rtpTimestamp >= 960) sound_ = now() - frame.rtpTimestamp / 48;
      heard_ += frame.samplesPerChannel();
    });
    on_.video->receiver()->onencodedframe = [this](const EncodedFrame& frame) {
      picture_ = now() - frame.rtpTimestamp / 90;
      ++pictures_;
    };
    start_ = on_.wire.now().micros() / 1000;
  }
  int64_t now() const { return on_.wire.now().micros() / 1000 - start_; }

  void sendSound(int64_t millis) {
    const auto encoder = media::makeOpusEncoder();
    for (const int64_t end = now() + millis; now() < end; on_.run(Duration::millis(20))) {
      media::AudioFrame frame;
      for (int i = 0; i < media::AudioFrame::kSamples; ++i)
        frame.samples.push_back(static_cast<int16_t>(8000 * std::sin(static_cast<double>(sample_++) * 0.025)));
      const auto packet = media::encodeOne(*encoder, frame);
      const auto number = static_cast<uint16_t>(now() / 20);
      on_.fromPeer(SessionOnWire::kOpusType, kSound, number, static_cast<uint32_t>(now() * 48), packet, false);
    }
  }
  void sendPictures(int64_t millis, std::optional<rtp::PlayoutDelay> wish) {
    for (const int64_t end = now() + millis; now() < end; on_.run(Duration::millis(40))) {
      Bytes frame(301, 0x20);
      frame[0] = 0x10;
      frame[1] = number_ == 0 ? 0x10 : 0x11;
      const uint8_t key[] = {0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0};
      if (number_ == 0) std::copy(std::begin(key), std::end(key), frame.begin() + 4);
      PacketBuffer packet = on_.wire.pool().allocate();
      rtp::Header header;
      header.marker = true;
      header.payloadType = PayloadType(SessionOnWire::kVp8Type);
      header.sequenceNumber = number_++;
      header.timestamp = static_cast<uint32_t>(now() * 90);
      header.ssrc = Ssrc(kPicture);
      Bytes block;  // RFC 8285 §4.2: one element of three bytes
      if (wish) {
        const auto value = wish->bytes();
        block = {0xbe, 0xde, 0, 1, 0x52, value[0], value[1], value[2]};
      }
      ASSERT_TRUE(packet.append(frame) && rtp::prependHeader(packet, header, {}, block));
      on_.wire[1].sendRtp(on_.wire.now(), {&packet, 1});
    }
  }
  RTCInboundRtpStreamStats stats(uint32_t ssrc) const {
    RTCStatsReport report;
    on_.session.addStats(on_.wire.now(), report);
    for (const auto& each : report.inboundRtp)
      if (each.ssrc == ssrc) return each;
    return {};
  }

  SessionOnWire on_;
  int64_t start_ = 0;
  uint64_t sample_ = 0, heard_ = 0, pictures_ = 0;
  uint16_t number_ = 0;
  int64_t sound_ = 0, picture_ = 0;  // ms from sending to playing, of the last
};

TEST_F(PlayoutDelayTest, SoundIsAsLateAsTheApplicationAsks) {
  sendSound(2'000);
  EXPECT_LE(sound_, 40);
  ASSERT_TRUE(on_.audio->receiver()->setJitterBufferTarget(300).ok());
  sendSound(6'000);
  EXPECT_NEAR(static_cast<double>(sound_), 300, 25);
  const auto late = stats(kSound);
  EXPECT_GE(*late.insertedSamplesForDeceleration, 48u * 260);
  EXPECT_EQ(*late.concealedSamples, 0u) << "by stretching, not by making up";
  EXPECT_GT(*late.jitterBufferTargetDelay, *late.jitterBufferMinimumDelay) << "the network asks for less";
  ASSERT_TRUE(on_.audio->receiver()->setJitterBufferTarget(std::nullopt).ok());
  sendSound(6'000);
  EXPECT_LE(sound_, 50);
  EXPECT_GE(*stats(kSound).removedSamplesForAcceleration, 48u * 250);
  EXPECT_EQ(*stats(kSound).packetsDiscarded, 0u) << "no packet is left out for it";
  EXPECT_NEAR(static_cast<double>(heard_), 14'000 * 48, 4'000) << "evenly, all the time";
}

TEST_F(PlayoutDelayTest, PicturesAreAsLateAsTheApplicationAsks) {
  sendPictures(2'000, {});
  EXPECT_LE(picture_, 20);
  ASSERT_TRUE(on_.video->receiver()->setJitterBufferTarget(700).ok());
  sendPictures(3'000, {});
  EXPECT_NEAR(static_cast<double>(picture_), 700, 20);
  ASSERT_TRUE(on_.video->receiver()->setJitterBufferTarget(std::nullopt).ok());
  sendPictures(2'000, {});
  EXPECT_LE(picture_, 20);
}

TEST_F(PlayoutDelayTest, AndAsTheSenderAsks) {
  sendPictures(2'000, rtp::PlayoutDelay{Duration::millis(250), Duration::millis(400)});
  EXPECT_NEAR(static_cast<double>(picture_), 250, 20);
  sendPictures(2'000, {});
  EXPECT_NEAR(static_cast<double>(picture_), 250, 20) << "it holds until another is said";
  sendPictures(2'000, rtp::PlayoutDelay{Duration::zero(), Duration::zero()});
  EXPECT_LE(picture_, 5) << "at once";
  sendPictures(1'000, rtp::PlayoutDelay{Duration::millis(400), Duration::millis(100)});
  EXPECT_LE(picture_, 5) << "a least that is more than the most is no wish";
  EXPECT_GE(pictures_, 150u);
}

}  // namespace
}  // namespace tincan::inline v0::stack

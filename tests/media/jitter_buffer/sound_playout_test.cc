#include "media/jitter_buffer/sound_playout.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

/// A tone of 200 Hz at the level that a payload's first byte says; what begins with 0 is malformed, what begins with 2
/// carries a copy. Concealment is half as loud, and silent after 60 ms.
class ToneDecoder final : public AudioDecoder {
 public:
  Result<AudioFrame> decode(ByteView payload) override {
    if (payload[0] == 0) return {ErrorCode::kMalformed, "nothing"};
    lost_ = 0;
    ++decoded;
    return tone(960, 8'000);
  }
  Result<AudioFrame> conceal(uint32_t samples) override {
    lost_ += samples;
    return tone(samples, lost_ > 48 * 60 ? 0 : 4'000);
  }
  Result<AudioFrame> recover(ByteView, uint32_t samples) override {
    ++recovered;
    return tone(samples, 8'000);
  }
  bool hasCopy(ByteView payload) const override { return payload[0] == 2; }
  uint32_t duration(ByteView) const override { return 960; }
  int decoded = 0, recovered = 0;

 private:
  AudioFrame tone(uint32_t samples, double level) {
    AudioFrame frame;
    for (uint32_t i = 0; i < samples; ++i)
      frame.samples.push_back(
          static_cast<int16_t>(level * std::sin(2 * std::numbers::pi * 200 * static_cast<double>(at_++) / 48'000)));
    return frame;
  }
  uint64_t at_ = 0;
  uint32_t lost_ = 0;
};

class SoundPlayoutTest : public testing::Test {
 protected:
  /// 20 ms go by; at their beginning a packet comes, or not.
  void tick(bool comes, uint8_t what = 1, bool numbered = true) {
    if (comes) {
      AudioJitterBuffer::Packet packet;
      packet.sequenceNumber = sequence_;
      packet.timestamp = timestamp_;
      packet.buffer = pool_.copy(Bytes{what});
      packet.payload = packet.buffer.view();
      playout_.receive(now_, std::move(packet));
    }
    if (numbered) ++sequence_;
    timestamp_ += 960;
    for (int ms = 0; ms < 20; ++ms, now_ = now_ + Duration::millis(1)) {
      SoundPlayout::Sound out;
      while (playout_.pop(now_, true, out)) heard_ += out.frame.samples.size();
    }
  }
  void ticks(int count, bool comes = true) {
    for (int i = 0; i < count; ++i) tick(comes);
  }

  ToneDecoder decoder_;
  PacketPool pool_;
  SoundPlayout playout_{48'000, [this](uint8_t) { return &decoder_; }};
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  uint16_t sequence_ = 65'500;
  uint32_t timestamp_ = 0xffff'0000;
  uint64_t heard_ = 0;
};

TEST_F(SoundPlayoutTest, ALossIsConcealedOrRecovered) {
  ticks(50);
  EXPECT_EQ(playout_.stats().concealed, 0u);
  tick(false);
  ticks(50);
  const auto concealed = playout_.stats();
  EXPECT_EQ(concealed.concealed, 960u);
  EXPECT_EQ(concealed.concealmentEvents, 1u);
  EXPECT_EQ(concealed.silentConcealed, 0u);
  tick(false);
  tick(true, 2);
  ticks(50);
  const auto recovered = playout_.stats();
  EXPECT_EQ(recovered.concealed, 960u) << "the copy is no concealment";
  EXPECT_EQ(recovered.recovered, 960u);
  EXPECT_EQ(decoder_.recovered, 1);
  EXPECT_NEAR(static_cast<double>(heard_), static_cast<double>(153 * 960), 3 * 960.0) << "as long as it took";
}

TEST_F(SoundPlayoutTest, APauseIsNoLoss) {
  ticks(50);
  for (int i = 0; i < 20; ++i) tick(false, 1, false);  // 400 ms: the clock goes on, the numbers do not
  ticks(50);
  const auto stats = playout_.stats();
  EXPECT_EQ(stats.concealed, 0u);
  EXPECT_EQ(stats.concealmentEvents, 0u);
  EXPECT_GE(stats.received, 115u * 960) << "what filled the pause is counted as played";
}

TEST_F(SoundPlayoutTest, ALongLossIsToldWhileItLasts) {
  ticks(50);
  ticks(75, false);
  const auto during = playout_.stats();
  EXPECT_GE(during.concealed, 70u * 960);
  EXPECT_GE(during.silentConcealed, during.concealed - 4 * 960) << "60 ms are heard";
  EXPECT_EQ(during.concealmentEvents, 1u);
  ticks(50);
  EXPECT_EQ(playout_.stats().concealmentEvents, 1u) << "one, however it was told";
}

TEST_F(SoundPlayoutTest, AMalformedPacketIsConcealed) {
  ticks(50);
  const int before = decoder_.decoded;
  tick(true, 0);
  ticks(10);
  EXPECT_EQ(playout_.stats().packetsDecoded, static_cast<uint64_t>(decoder_.decoded));
  EXPECT_EQ(decoder_.decoded, before + 10);
  EXPECT_NEAR(static_cast<double>(heard_), static_cast<double>(60 * 960), 960.0);
}

TEST_F(SoundPlayoutTest, AFloorIsReachedBySeamsAndCountersOutliveAClock) {
  ticks(50);
  playout_.buffer().setFloor(Duration::millis(200));
  ticks(150);
  EXPECT_NEAR(static_cast<double>(playout_.buffer().currentDelay().millis()), 200, 15);
  const auto stats = playout_.stats();
  EXPECT_GE(stats.inserted, 48u * 160);
  EXPECT_EQ(stats.concealed, 0u);
  playout_.setClock(8'000);
  EXPECT_EQ(playout_.stats().inserted, stats.inserted);
  EXPECT_EQ(playout_.stats().packets, stats.packets);
  EXPECT_EQ(playout_.buffer().floor(), Duration::millis(200));
  EXPECT_EQ(pool_.outstanding(), 0u);
}

TEST_F(SoundPlayoutTest, WithoutAListenerTimeGoesOnAndTheDelayFollows) {
  for (int i = 0; i < 200; ++i) {
    AudioJitterBuffer::Packet packet;
    packet.sequenceNumber = sequence_++;
    packet.timestamp = timestamp_;
    timestamp_ += 960;
    packet.buffer = pool_.copy(Bytes{1});
    packet.payload = packet.buffer.view();
    playout_.receive(now_, std::move(packet));
    if (i == 50) playout_.buffer().setFloor(Duration::millis(300));
    for (int ms = 0; ms < 20; ++ms, now_ = now_ + Duration::millis(1)) {
      SoundPlayout::Sound out;
      while (playout_.pop(now_, false, out)) EXPECT_TRUE(out.frame.samples.empty());
    }
  }
  EXPECT_EQ(decoder_.decoded, 0);
  EXPECT_NEAR(static_cast<double>(playout_.buffer().currentDelay().millis()), 300, 15);
}

}  // namespace
}  // namespace tincan::inline v0::media

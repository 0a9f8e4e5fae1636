#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/opus_decoder.h"
#include "media/opus_encoder.h"
#include "media/tone_microphone.h"
#include "tests/media/goertzel.h"

namespace tincan::media {
namespace {

std::vector<AudioFrame> tone(double frequency, int count) {
  ToneMicrophone microphone(frequency);
  std::vector<AudioFrame> frames;
  for (int i = 0; i < count; ++i) {
    AudioFrame frame;
    EXPECT_TRUE(microphone.capture(TimePoint::fromMicros(i * 20'000), frame));
    frames.push_back(frame);
  }
  return frames;
}

TEST(ToneMicrophone, IsTheToneItSaysAtMinus12Dbfs) {
  std::vector<int16_t> sound;
  for (const AudioFrame& frame : tone(1000, 50)) sound.insert(sound.end(), frame.samples.begin(), frame.samples.end());
  EXPECT_NEAR(goertzel(sound, 1000), std::pow(10, -12 / 20.0), 0.001);
  EXPECT_LT(goertzel(sound, 900), 0.001);
  EXPECT_LT(goertzel(sound, 2000), 0.001) << "no harmonics";
}

TEST(ToneMicrophone, HasNoSeamBetweenFrames) {
  const auto frames = tone(437.3, 100);
  const double largestStep = 0.2512 * 32'767 * 2 * std::numbers::pi * 437.3 / 48'000 + 1;
  for (size_t i = 1; i < frames.size(); ++i)
    EXPECT_LE(std::abs(frames[i].samples.front() - frames[i - 1].samples.back()), largestStep) << i;
}

TEST(ToneMicrophone, GivesEveryFrameInOrderUntilItIsVeryLate) {
  ToneMicrophone microphone;
  AudioFrame frame;
  EXPECT_EQ(microphone.nextFrameTime(), TimePoint());
  ASSERT_TRUE(microphone.capture(TimePoint::fromMicros(70), frame));
  EXPECT_FALSE(microphone.capture(TimePoint::fromMicros(20'069), frame));
  for (uint32_t i = 1; i <= 10; ++i) {
    ASSERT_TRUE(microphone.capture(TimePoint::fromMicros(200'070), frame));
    EXPECT_EQ(frame.rtpTimestamp, i * 960);
    EXPECT_EQ(frame.captured, TimePoint::fromMicros(70 + 20'000 * i));
    EXPECT_EQ(frame.samples.size(), 960u);
  }
  EXPECT_FALSE(microphone.capture(TimePoint::fromMicros(200'070), frame));
  ASSERT_TRUE(microphone.capture(TimePoint::fromMicros(60'000'070), frame)) << "a minute later";
  EXPECT_EQ(frame.rtpTimestamp, 60u * 48'000);
  EXPECT_FALSE(microphone.capture(TimePoint::fromMicros(60'000'070), frame)) << "not a minute of frames";
}

TEST(Opus, TonePeaksAtItsFrequency) {
  for (const double frequency : {440.0, 1000.0, 3000.0}) {
    OpusEncoder encoder;
    OpusDecoder decoder;
    std::vector<int16_t> sound;
    for (const AudioFrame& frame : tone(frequency, 60)) {
      auto packet = encoder.encode(frame);
      ASSERT_TRUE(packet.ok());
      auto decoded = decoder.decode(*packet);
      ASSERT_TRUE(decoded.ok());
      ASSERT_EQ(decoded->samples.size(), 960u);
      sound.insert(sound.end(), decoded->samples.begin(), decoded->samples.end());
    }
    sound.erase(sound.begin(), sound.begin() + 9600);
    const double peak = goertzel(sound, frequency);
    EXPECT_NEAR(20 * std::log10(peak), -12, 1.5) << frequency;
    for (const double other : {300.0, 700.0, 1500.0, 2200.0, 5000.0, 8000.0})
      EXPECT_LT(goertzel(sound, other), peak / 20) << frequency << " against " << other;
  }
}

TEST(Opus, MixesChannelsToWhatTheEncoderHas) {
  for (const int encoderChannels : {1, 2})
    for (const int frameChannels : {1, 2}) {
      OpusEncoder encoder({.channels = encoderChannels});
      OpusDecoder decoder(2);
      std::vector<int16_t> left;
      for (AudioFrame frame : tone(1000, 30)) {
        if (frameChannels == 2) {
          AudioFrame stereo = frame;
          stereo.channels = 2;
          stereo.samples.clear();
          for (int16_t s : frame.samples) stereo.samples.insert(stereo.samples.end(), 2, s);
          frame = stereo;
        }
        auto packet = encoder.encode(frame);
        ASSERT_TRUE(packet.ok());
        auto decoded = decoder.decode(*packet);
        ASSERT_EQ(decoded->channels, 2);
        ASSERT_EQ(decoded->samples.size(), 1920u);
        for (size_t i = 0; i < 1920; i += 2) left.push_back(decoded->samples[i]);
      }
      left.erase(left.begin(), left.begin() + 9600);
      EXPECT_NEAR(20 * std::log10(goertzel(left, 1000)), -12, 1.5) << encoderChannels << " from " << frameChannels;
    }
}

TEST(Opus, ConcealsALostPacketWithSomethingLikeIt) {
  OpusEncoder encoder;
  OpusDecoder decoder;
  for (const AudioFrame& frame : tone(440, 20)) ASSERT_TRUE(decoder.decode(*encoder.encode(frame)).ok());
  auto concealed = decoder.conceal();
  ASSERT_TRUE(concealed.ok());
  EXPECT_EQ(concealed->samples.size(), 960u);
  EXPECT_GT(concealed->rms(), 0.05);
  EXPECT_TRUE(OpusDecoder().conceal().ok()) << "before any packet: silence";
}

TEST(Opus, RecoversFromTheNextPacket) {
  OpusEncoder encoder({.channels = 1, .bitrateBps = 32'000, .expectedLossPercent = 20});
  OpusDecoder decoder;
  const auto frames = tone(440, 20);
  std::vector<Bytes> packets;
  for (const AudioFrame& frame : frames) packets.push_back(*encoder.encode(frame));
  for (size_t i = 0; i < 10; ++i) ASSERT_TRUE(decoder.decode(packets[i]).ok());
  auto recovered = decoder.recover(packets[11]);
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(recovered->samples.size(), 960u);
  EXPECT_GT(recovered->rms(), 0.05);
  EXPECT_TRUE(decoder.decode(packets[11]).ok());
}

TEST(Opus, EncoderRefusesOtherFrames) {
  OpusEncoder encoder;
  AudioFrame frame;
  EXPECT_FALSE(encoder.encode(frame).ok());
  frame.samples.resize(959);
  EXPECT_FALSE(encoder.encode(frame).ok());
  frame.samples.resize(960);
  EXPECT_TRUE(encoder.encode(frame).ok());
  frame.sampleRate = 44'100;
  EXPECT_FALSE(encoder.encode(frame).ok());
  frame.sampleRate = 48'000;
  frame.channels = 0;
  EXPECT_FALSE(encoder.encode(frame).ok());
}

TEST(Opus, DecoderTakesAnyBytes) {
  OpusEncoder encoder;
  OpusDecoder decoder;
  const Bytes packet = *encoder.encode(tone(440, 1)[0]);
  EXPECT_FALSE(decoder.decode({}).ok());
  for (size_t size = 1; size < packet.size(); ++size) (void)decoder.decode(ByteView(packet).first(size));
  SeededRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    Bytes noise(1 + random.below(200));
    random.fill(noise);
    auto decoded = decoder.decode(noise);
    EXPECT_LE(decoded ? decoded->samples.size() : 0, 5760u);
    (void)decoder.recover(noise);
  }
  EXPECT_TRUE(decoder.decode(packet).ok());
}

}  // namespace
}  // namespace tincan::media

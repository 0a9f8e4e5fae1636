#include "media/tone_microphone.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "tests/media/goertzel.h"

namespace tincan::inline v0::media {
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

}  // namespace
}  // namespace tincan::inline v0::media

#include "media/time_stretcher.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/media/goertzel.h"
#include "tests/media/jitter_buffer/synthetic_voice.h"

namespace tincan::inline v0::media {
namespace {

using Wish = TimeStretcher::Wish;

AudioFrame frameOf(std::vector<int16_t> samples, int channels = 1) {
  AudioFrame frame;
  frame.channels = channels;
  frame.samples = std::move(samples);
  return frame;
}

std::vector<int16_t> tone(double frequency, size_t count, double amplitude = 10'000) {
  std::vector<int16_t> out;
  for (size_t i = 0; i < count; ++i)
    out.push_back(static_cast<int16_t>(
        std::lround(amplitude * std::sin(2 * std::numbers::pi * frequency * static_cast<double>(i) / 48'000))));
  return out;
}

struct Stretched {
  std::vector<int16_t> sound;
  int64_t change = 0;  // samples
  int times = 0;
};

/// Each frame of `size` samples is stretched if `each` says so.
Stretched stretchAll(const std::vector<int16_t>& sound, Wish wish, size_t size = 960, size_t each = 2) {
  TimeStretcher stretcher;
  Stretched out;
  for (size_t at = 0, k = 0; at + size <= sound.size(); at += size, ++k) {
    const auto from = sound.begin() + static_cast<std::ptrdiff_t>(at);
    AudioFrame frame = frameOf({from, from + static_cast<std::ptrdiff_t>(size)});
    if (k > 0 && k % each == 0) {
      const int change = stretcher.stretch(frame, wish);
      EXPECT_EQ(frame.samples.size(), static_cast<size_t>(static_cast<int>(size) + change));
      out.change += change;
      out.times += change != 0;
    } else {
      stretcher.play(frame);
    }
    out.sound.insert(out.sound.end(), frame.samples.begin(), frame.samples.end());
  }
  return out;
}

int largestStep(const std::vector<int16_t>& sound) {
  int largest = 0;
  for (size_t i = 1; i < sound.size(); ++i) largest = std::max(largest, std::abs(sound[i] - sound[i - 1]));
  return largest;
}

TEST(TimeStretcher, AToneKeepsItsFrequencyAndHasNoClicks) {
  for (const double frequency : {73.0, 100.0, 220.0, 437.3, 1000.0, 3100.0}) {
    const auto sound = tone(frequency, 48'000 * 2);
    for (const Wish wish : {Wish::kShorter, Wish::kMuchShorter, Wish::kLonger}) {
      const Stretched got = stretchAll(sound, wish);
      const double seconds = static_cast<double>(got.change) / 48'000;
      EXPECT_GE(got.times, 45) << frequency << " of 49";
      EXPECT_EQ(seconds > 0, wish == Wish::kLonger);
      EXPECT_GE(std::abs(seconds), 0.1) << frequency;
      EXPECT_NEAR(goertzel(got.sound, frequency), 10'000 / 32'768.0, 0.02) << frequency;
      EXPECT_LE(largestStep(got.sound), 1.05 * largestStep(sound) + 2) << frequency;
    }
  }
}

TEST(TimeStretcher, AVoiceHasNoClicks) {
  const auto sound = syntheticVoice(4, false);
  for (const Wish wish : {Wish::kShorter, Wish::kMuchShorter, Wish::kLonger}) {
    const Stretched got = stretchAll(sound, wish);
    EXPECT_GE(got.times, 60) << "of 99";
    EXPECT_LE(largestStep(got.sound), largestStep(sound) * 5 / 4);
    std::printf("a voice of 4 s: %+.0f ms by %d seams\n", static_cast<double>(got.change) / 48, got.times);
  }
}

TEST(TimeStretcher, BothWaysGiveBackTheLength) {
  TimeStretcher stretcher;
  const auto sound = tone(200, 960 * 100);
  int64_t change = 0;
  for (size_t k = 0; k < 100; ++k) {
    const auto from = sound.begin() + static_cast<std::ptrdiff_t>(k * 960);
    AudioFrame frame = frameOf({from, from + 960});
    change += stretcher.stretch(frame, k % 2 ? Wish::kShorter : Wish::kLonger);
  }
  EXPECT_LE(std::abs(change), 960);
}

TEST(TimeStretcher, ChannelsStayTogether) {
  const auto left = tone(250, 96'000), right = tone(500, 96'000, 5'000);
  TimeStretcher stretcher;
  std::vector<int16_t> one, two;
  for (size_t at = 0; at < left.size(); at += 960) {
    std::vector<int16_t> both;
    for (size_t i = at; i < at + 960; ++i) both.insert(both.end(), {left[i], right[i]});
    AudioFrame frame = frameOf(std::move(both), 2);
    stretcher.stretch(frame, Wish::kShorter);
    ASSERT_EQ(frame.samples.size() % 2, 0u);
    for (size_t i = 0; i < frame.samples.size(); i += 2) {
      one.push_back(frame.samples[i]);
      two.push_back(frame.samples[i + 1]);
    }
  }
  EXPECT_LT(one.size(), 90'000u);
  EXPECT_NEAR(goertzel(one, 250), 10'000 / 32'768.0, 0.02);
  EXPECT_LT(goertzel(one, 500), 0.002);
  EXPECT_NEAR(goertzel(two, 500), 5'000 / 32'768.0, 0.02);
}

TEST(TimeStretcher, NoiseIsLeftAloneUntilItHasToGive) {
  SeededRandom random(3);
  std::vector<int16_t> noise(48'000);
  for (int16_t& sample : noise) sample = static_cast<int16_t>(static_cast<int>(random.below(8000)) - 4000);
  TimeStretcher stretcher;
  int first = -1;
  for (int k = 0; k < 50 && first < 0; ++k) {
    const auto from = noise.begin() + k * 960;
    AudioFrame frame = frameOf({from, from + 960});
    if (stretcher.stretch(frame, Wish::kShorter) != 0) first = k;
  }
  EXPECT_GE(first, 12);
  EXPECT_LE(first, 26) << "half a second";
}

TEST(TimeStretcher, SilenceGivesAtOnce) {
  TimeStretcher stretcher;
  stretcher.play(frameOf(std::vector<int16_t>(960)));
  AudioFrame frame = frameOf(std::vector<int16_t>(960));
  EXPECT_LT(stretcher.stretch(frame, Wish::kShorter), 0);
  frame = frameOf(std::vector<int16_t>(960));
  EXPECT_GT(stretcher.stretch(frame, Wish::kLonger), 0);
}

// Any length, any channels, changes between them: never more than the frame has room for.
TEST(TimeStretcher, PropertyWhateverComes) {
  SeededRandom random(11);
  TimeStretcher stretcher;
  for (int i = 0; i < 3000; ++i) {
    const int channels = 1 + static_cast<int>(random.below(8) == 0);
    const size_t lengths[] = {0, 1, 2, 119, 120, 121, 240, 241, 480, 960, 1920, 2880, 5760};
    const size_t length = lengths[random.below(std::size(lengths))];
    std::vector<int16_t> samples(length * static_cast<size_t>(channels));
    const uint64_t loud = 1 + random.below(60'000);
    for (int16_t& sample : samples) sample = static_cast<int16_t>(static_cast<int64_t>(random.below(loud)) - 30'000);
    AudioFrame frame = frameOf(std::move(samples), channels);
    if (random.below(50) == 0) frame.sampleRate = 8'000;
    const Wish wish = static_cast<Wish>(random.below(3));
    const int change = stretcher.stretch(frame, wish);
    ASSERT_EQ(frame.samplesPerChannel(), length + static_cast<size_t>(change));
    ASSERT_LE(std::abs(change), 720 + 1);
    ASSERT_EQ(change > 0 && wish != Wish::kLonger, false);
  }
}

}  // namespace
}  // namespace tincan::inline v0::media

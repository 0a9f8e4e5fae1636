#include "media/telephone_tones.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/media/goertzel.h"

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kStart = 0xffff'ff00;  // the timestamps turn over

Bytes payload(uint8_t event, bool end, uint16_t duration, uint8_t volume = 10) {
  Bytes bytes(rtp::TelephoneEvent::kSize);
  EXPECT_TRUE((rtp::TelephoneEvent{event, end, volume, duration}).write(bytes));
  return bytes;
}

/// What is heard from `kStart` on, in ticks of 20 ms; where no tone is, silence.
std::vector<int16_t> render(TelephoneTones& tones, int ticks, uint32_t clockRate) {
  std::vector<int16_t> out;
  for (int i = 0; i < ticks; ++i) {
    AudioFrame frame;
    if (!tones.render(kStart + static_cast<uint32_t>(i) * clockRate / 50, 960, frame)) frame.samples.assign(960, 0);
    EXPECT_EQ(frame.samples.size(), 960u);
    out.insert(out.end(), frame.samples.begin(), frame.samples.end());
  }
  return out;
}

size_t loudSamples(const std::vector<int16_t>& sound) {
  size_t last = 0;
  for (size_t i = 0; i < sound.size(); ++i)
    if (sound[i] != 0) last = i + 1;
  return last;
}

TEST(TelephoneTones, EachKeyHasItsPairOfTones) {
  const struct {
    char key;
    uint8_t event;
    double low, high;
  } keys[] = {{'1', 1, 697, 1209},  {'2', 2, 697, 1336}, {'3', 3, 697, 1477},  {'A', 12, 697, 1633},
              {'4', 4, 770, 1209},  {'5', 5, 770, 1336}, {'6', 6, 770, 1477},  {'B', 13, 770, 1633},
              {'7', 7, 852, 1209},  {'8', 8, 852, 1336}, {'9', 9, 852, 1477},  {'C', 14, 852, 1633},
              {'*', 10, 941, 1209}, {'0', 0, 941, 1336}, {'#', 11, 941, 1477}, {'D', 15, 941, 1633}};
  for (const auto& key : keys) {
    TelephoneTones tones(8'000);
    ASSERT_TRUE(tones.receive(kStart, payload(key.event, true, 1600)));
    const auto sound = render(tones, 10, 8'000);
    const double level = goertzel(sound, key.low);
    EXPECT_GT(level, 0.1) << key.key;
    EXPECT_NEAR(goertzel(sound, key.high), level, 0.02) << key.key;
    for (const double other : {697, 770, 852, 941, 1209, 1336, 1477, 1633})
      if (other != key.low && other != key.high) {
        EXPECT_LT(goertzel(sound, other), level / 30) << key.key << other;
      }
  }
}

// Each packet has 20 ms of the stream's time, one behind the other; the end, said again, has none.
TEST(TelephoneTones, PacketsHavePlacesAndTheRepeatedEndHasNone) {
  TelephoneTones tones(48'000);
  for (uint16_t k = 0; k < 5; ++k) {
    const auto place = tones.receive(kStart, payload(5, false, static_cast<uint16_t>((k + 1) * 960)));
    ASSERT_TRUE(place) << k;
    EXPECT_EQ(place->timestamp, kStart + k * 960u);
    EXPECT_EQ(place->samples, 960u);
  }
  EXPECT_TRUE(tones.receive(kStart, payload(5, true, 6 * 960)));
  for (int again = 0; again < 2; ++again) EXPECT_FALSE(tones.receive(kStart, payload(5, true, 6 * 960)));
  const auto sound = render(tones, 12, 48'000);
  EXPECT_EQ(loudSamples(sound) / 48, 120u) << "one event of 120 ms";
}

TEST(TelephoneTones, TheEndInPlaceOfATickHasNoPlaceThatSoundNeeds) {
  TelephoneTones tones(48'000);
  // A sender that says a duration of 0 at first, as RFC 4733 §2.5.1.1 allows: its end is one packet later.
  for (uint16_t k = 0; k < 5; ++k)
    EXPECT_TRUE(tones.receive(kStart, payload(5, false, static_cast<uint16_t>(k * 960))));
  for (int again = 0; again < 3; ++again) EXPECT_FALSE(tones.receive(kStart, payload(5, true, 5 * 960)));
  EXPECT_EQ(loudSamples(render(tones, 12, 48'000)) / 48, 100u);
}

TEST(TelephoneTones, BeginsAndEndsWithoutAClick) {
  for (const bool endKnown : {true, false}) {
    TelephoneTones tones(48'000);
    tones.receive(kStart, payload(9, endKnown, 4800));
    const auto sound = render(tones, 20, 48'000);
    int largest = std::abs(sound[0]);
    for (size_t i = 1; i < sound.size(); ++i) largest = std::max(largest, std::abs(sound[i] - sound[i - 1]));
    // Two sines of 0.16 each, the higher at 1,477 Hz: 32,767 * 0.16 * 2π (852 + 1477) / 48,000.
    EXPECT_LE(largest, 1'650);
    EXPECT_EQ(loudSamples(sound) / 48, endKnown ? 100u : 165u) << "three packets on, and then it fades";
  }
}

// A packet that comes after its place was made up for has the jitter buffer play that place again; or leave some out.
TEST(TelephoneTones, GoesOnWithoutAClickWhereTimeIsMoved) {
  for (const int moved : {-960, -320, 480, 960}) {
    TelephoneTones tones(48'000);
    tones.receive(kStart, payload(5, false, 200 * 48));
    std::vector<int16_t> sound;
    for (int i = 0; i < 8; ++i) {
      AudioFrame frame;
      ASSERT_TRUE(tones.render(kStart + static_cast<uint32_t>(i * 960 + (i < 4 ? 0 : moved)), 960, frame));
      sound.insert(sound.end(), frame.samples.begin(), frame.samples.end());
    }
    int largest = 0;
    for (size_t i = 1; i < sound.size(); ++i) largest = std::max(largest, std::abs(sound[i] - sound[i - 1]));
    EXPECT_LE(largest, 1'650) << moved;
    // All of it that key: 770 and 1,336 Hz, where a jump made 697 of the former.
    for (size_t at = 960; at + 960 <= sound.size(); at += 240) {
      const auto part = std::span(sound).subspan(at, 960);
      EXPECT_NEAR(goertzel(part, 770), 0.16, 0.02) << moved << " at " << at;
      EXPECT_NEAR(goertzel(part, 1336), 0.16, 0.02) << moved << " at " << at;
    }
  }
}

// The end is heard of when the tone is being played already.
TEST(TelephoneTones, AnEndThatComesLateFadesFromThere) {
  TelephoneTones tones(48'000);
  tones.receive(kStart, payload(1, false, 960));
  AudioFrame frame;
  for (uint32_t k = 0; k < 3; ++k) ASSERT_TRUE(tones.render(kStart + k * 960, 960, frame));
  tones.receive(kStart, payload(1, true, 2 * 960));
  ASSERT_TRUE(tones.render(kStart + 3 * 960, 960, frame));
  EXPECT_EQ(loudSamples(frame.samples) / 48, 5u);
  EXPECT_FALSE(tones.render(kStart + 4 * 960, 960, frame));
}

TEST(TelephoneTones, OneLongerThanItsDurationCanSayGoesOn) {
  TelephoneTones tones(48'000);
  uint32_t segment = kStart;
  std::optional<uint32_t> last;
  for (uint32_t k = 1; k <= 100; ++k) {  // 2 s: 65,535 ticks are 1.4
    if (kStart + k * 960 - segment > 0xffff) segment += 0xffff;
    const auto place = tones.receive(segment, payload(7, false, static_cast<uint16_t>(kStart + k * 960 - segment)));
    ASSERT_TRUE(place) << k;
    if (last) {
      EXPECT_LT(place->timestamp - *last, 2 * 960u);
    }
    last = place->timestamp;
  }
  const auto sound = render(tones, 103, 48'000);
  EXPECT_NEAR(goertzel(std::span(sound).first(96'000), 852), goertzel(std::span(sound).first(9'600), 852), 0.01);
}

TEST(TelephoneTones, LossesWithinAndTheLostEnd) {
  TelephoneTones tones(8'000);
  tones.receive(kStart, payload(4, false, 160));
  const auto place = tones.receive(kStart, payload(4, false, 640));
  ASSERT_TRUE(place);
  EXPECT_EQ(place->timestamp, kStart + 480) << "two were lost: what they say is known, too";
  // The next event, though the first never ended.
  tones.receive(kStart + 1600, payload(6, true, 800));
  const auto sound = render(tones, 20, 8'000);
  EXPECT_GT(goertzel(std::span(sound).first(3'000), 770), 0.1);
  EXPECT_LT(goertzel(std::span(sound).subspan(6'000, 3'000), 770), 0.001) << "nothing between the two";
  EXPECT_GT(goertzel(std::span(sound).subspan(9'600, 4'800), 1477), 0.1);
}

TEST(TelephoneTones, PropertyWhateverComes) {
  SeededRandom random(4733);
  for (int round = 0; round < 200; ++round) {
    TelephoneTones tones(random.below(2) ? 48'000 : 8'000);
    uint32_t timestamp = random.u32(), playing = timestamp;
    for (int i = 0; i < 100; ++i) {
      if (random.below(4) == 0) timestamp += static_cast<uint32_t>(random.below(70'000));
      if (random.below(50) == 0) timestamp = random.u32();
      Bytes bytes(random.below(7));
      random.fill(bytes);
      if (!bytes.empty()) bytes[0] &= 0x1f;
      const auto place = tones.receive(timestamp, bytes);
      if (place) {
        ASSERT_GT(place->samples, 0u);
      }
      AudioFrame frame;
      if (tones.render(playing += 960, 960, frame)) {
        ASSERT_EQ(frame.samples.size(), 960u);
      }
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::media

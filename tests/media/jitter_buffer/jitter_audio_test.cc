#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "tests/media/jitter_buffer/virtual_time.h"

namespace tincan::inline v0::media {
namespace {

using Kind = AudioJitterBuffer::Kind;
using State = AudioJitterBuffer::State;

class AudioJitterBufferTest : public testing::Test {
 protected:
  void deliver(AudioJitterBuffer& buffer, TimePoint now, uint16_t sequence, uint32_t timestamp, bool dtx = false,
               uint32_t samples = 960) {
    AudioJitterBuffer::Packet packet;
    packet.sequenceNumber = sequence;
    packet.timestamp = timestamp;
    packet.samples = samples;
    packet.dtx = dtx;
    uint8_t bytes[4];
    storeBe32(bytes, timestamp);
    packet.buffer = pool_.copy(bytes);
    packet.payload = packet.buffer.view();
    buffer.receive(now, std::move(packet));
  }
  /// What one tick says: the number of the packet played (20 ms each, from `first`), or the kind.
  std::string tick(AudioJitterBuffer& buffer, TimePoint now) {
    if (!buffer.pop(now, playout_)) return "-";
    switch (playout_.kind) {
      case Kind::kPacket:
        EXPECT_EQ(loadBe32(playout_.payload.data()), playout_.timestamp);
        return std::to_string(static_cast<uint32_t>(playout_.timestamp - first_) / 960);
      case Kind::kMissing: return "?";
      case Kind::kNothing: return ".";
    }
    return "";
  }

  PacketPool pool_;
  AudioJitterBuffer::Playout playout_;
  uint32_t first_ = 0;
};

TEST_F(AudioJitterBufferTest, ClearedItHoldsNothingAndBeginsAnew) {
  AudioJitterBuffer buffer;
  for (uint16_t i = 0; i < 50; ++i) deliver(buffer, at(0), i, i * 960u);
  EXPECT_EQ(buffer.size(), 50u);
  buffer.clear();
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(pool_.outstanding(), 0u);
  EXPECT_EQ(buffer.state(), State::kIdle);
  EXPECT_EQ(buffer.stats().overflows, 1u);
  deliver(buffer, at(40), 60, 60 * 960);
  EXPECT_EQ(tick(buffer, at(60)), "60");
}

TEST_F(AudioJitterBufferTest, PlaysOnePacketATickBehindTheTargetDelay) {
  AudioJitterBuffer buffer;
  EXPECT_TRUE(buffer.nextTimeout().isNever());
  EXPECT_EQ(tick(buffer, at(0)), "-");
  std::string played;
  for (int64_t ms = 0; ms < 200; ++ms) {
    if (ms % 20 == 0) deliver(buffer, at(ms), static_cast<uint16_t>(ms / 20), static_cast<uint32_t>(ms / 20) * 960);
    const std::string said = tick(buffer, at(ms));
    if (said != "-") {
      EXPECT_EQ(ms % 20, 0);
      played += said;
    }
    EXPECT_TRUE(buffer.nextTimeout() > at(ms));
  }
  EXPECT_EQ(played, "012345678") << "the first at 20 ms";
  EXPECT_EQ(buffer.stats().concealedSamples, 0u);
  EXPECT_EQ(buffer.stats().delaySum / (960 * 9), Duration::millis(20));
}

TEST_F(AudioJitterBufferTest, OrdersAndDropsDuplicatesAcrossTheWraps) {
  AudioJitterBuffer buffer;
  first_ = 0xffffffffu - 960;
  for (const int i : {1, 0, 3, 2, 2, 0}) {
    deliver(buffer, at(0), static_cast<uint16_t>(65535 + i), first_ + static_cast<uint32_t>(i) * 960);
  }
  EXPECT_EQ(buffer.stats().duplicates, 2u);
  std::string played;
  for (int64_t ms = 0; ms < 100; ++ms) {
    const std::string said = tick(buffer, at(ms));
    if (said != "-") played += said;
  }
  EXPECT_EQ(played.substr(0, 4), "0123");
  deliver(buffer, at(101), 65535, first_);
  EXPECT_EQ(buffer.stats().late, 1u);
}

TEST_F(AudioJitterBufferTest, ConcealsALossAndOffersTheNextPacket) {
  AudioJitterBuffer buffer;
  std::string played;
  for (int64_t ms = 0; ms < 300; ++ms) {
    if (ms % 20 == 0 && ms != 100) {
      deliver(buffer, at(ms), static_cast<uint16_t>(ms / 20), static_cast<uint32_t>(ms / 20) * 960);
    }
    const std::string said = tick(buffer, at(ms));
    if (said == "?") {
      ASSERT_EQ(playout_.nextPayload.size(), 4u);
      EXPECT_EQ(loadBe32(playout_.nextPayload.data()), 6 * 960u);
      EXPECT_EQ(playout_.timestamp, 5 * 960u);
      EXPECT_EQ(playout_.samples, 960u);
    }
    if (said != "-") played += said;
  }
  EXPECT_EQ(played, "01234?678910111213");
  EXPECT_EQ(buffer.stats().concealedSamples, 960u);
  EXPECT_EQ(buffer.stats().concealmentEvents, 1u);
}

TEST_F(AudioJitterBufferTest, DiscontinuousTransmissionIsSilenceNotLoss) {
  AudioJitterBuffer buffer;
  std::string played;
  uint16_t sequence = 0;
  for (int64_t ms = 0; ms < 1000; ++ms) {
    const int64_t i = ms / 20;
    const bool speech = i < 5 || i >= 40;
    const bool comfort = i == 5 || i == 25;  // a DTX packet, then one each 400 ms
    if (ms % 20 == 0 && (speech || comfort))
      deliver(buffer, at(ms), sequence++, static_cast<uint32_t>(i) * 960, comfort);
    const std::string said = tick(buffer, at(ms));
    EXPECT_NE(said, "?");
    if (said != "-") played += said + " ";
  }
  EXPECT_EQ(played.substr(0, 18), "0 1 2 3 4 5 . . . ");
  EXPECT_NE(played.find(". 25 ."), std::string::npos);
  EXPECT_NE(played.find(". 40 41 42"), std::string::npos);
  EXPECT_EQ(buffer.stats().late, 0u);
}

TEST_F(AudioJitterBufferTest, ASilentSenderEndsInIdleAndComesBack) {
  AudioJitterBuffer buffer;
  for (int i = 0; i < 5; ++i) deliver(buffer, at(0), static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 960);
  int concealed = 0;
  int64_t ms = 0;
  for (; ms < 5000; ++ms) concealed += tick(buffer, at(ms)) == "?";
  EXPECT_EQ(concealed, 5) << "100 ms, then silence";
  EXPECT_EQ(buffer.state(), State::kIdle);
  EXPECT_TRUE(buffer.nextTimeout().isNever());
  deliver(buffer, at(5000), 2, 2 * 960);
  EXPECT_EQ(buffer.state(), State::kIdle) << "an old packet starts nothing";
  // A minute of mute later: the clock went on, the numbers did not.
  const uint32_t later = 960 * 50 * 60;
  deliver(buffer, at(60000), 5, later);
  EXPECT_EQ(buffer.state(), State::kFilling);
  first_ = later;
  std::string played;
  for (ms = 60000; ms < 60060; ++ms) {
    const std::string said = tick(buffer, at(ms));
    if (said != "-") played += said;
  }
  EXPECT_EQ(played.substr(0, 1), "0");
  EXPECT_EQ(buffer.stats().resets, 0u);
}

// Jitter of 0…80 ms: after a while hardly anything is concealed, and the delay is about what the jitter asks for.
TEST_F(AudioJitterBufferTest, TheDelayAdaptsToJitterAndBack) {
  SeededRandom random(5);
  AudioJitterBuffer buffer;
  std::multimap<int64_t, int64_t> arrivals;
  for (int64_t i = 0; i < 4000; ++i) {
    const bool rough = i < 2000;
    arrivals.emplace(i * 20 + (rough ? static_cast<int64_t>(random.below(80)) : 0), i);
  }
  uint64_t concealedEarly = 0, concealedRough = 0;
  std::optional<Duration> rough;
  for (int64_t ms = 0; ms < 80'000; ++ms) {
    for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it) {
      deliver(buffer, at(ms), static_cast<uint16_t>(65000 + it->second),
              static_cast<uint32_t>(0xfff00000 + it->second * 960));
    }
    tick(buffer, at(ms));
    if (ms == 10'000) concealedEarly = buffer.stats().concealedSamples;
    if (ms == 40'000) {
      concealedRough = buffer.stats().concealedSamples - concealedEarly;
      rough = buffer.currentDelay();
    }
  }
  EXPECT_LT(concealedRough, 48000u * 30 * 2 / 100) << "under 2%";
  EXPECT_GE(*rough, Duration::millis(60));
  EXPECT_LE(*rough, Duration::millis(140));
  EXPECT_LE(buffer.currentDelay(), Duration::millis(70)) << "calm again";
  EXPECT_GT(buffer.stats().skipped, 0u);
  EXPECT_LE(buffer.stats().skipped, 10u);
  EXPECT_EQ(buffer.stats().played + buffer.stats().skipped + buffer.stats().late + buffer.size(), 4000u);
}

TEST_F(AudioJitterBufferTest, AnOutageIsCaughtUpWithinTheMaximum) {
  AudioJitterBuffer buffer;
  std::multimap<int64_t, int64_t> arrivals;
  for (int64_t i = 0; i < 500; ++i)
    arrivals.emplace(i * 20 >= 2000 && i * 20 < 3000 ? 3000 : i * 20, i);  // a burst at 3 s
  for (int64_t ms = 0; ms < 10'000; ++ms) {
    for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it) {
      deliver(buffer, at(ms), static_cast<uint16_t>(it->second), static_cast<uint32_t>(it->second) * 960);
    }
    tick(buffer, at(ms));
    EXPECT_LE(buffer.size(), 51u);
    if (ms > 3100) {
      EXPECT_LE(buffer.currentDelay(), Duration::millis(230)) << ms;
    }
  }
  EXPECT_LT(buffer.size(), 12u);
}

TEST_F(AudioJitterBufferTest, ALateStartIsStretchedNotDropped) {
  AudioJitterBuffer buffer;
  // The second packet is 30 ms late: its place is concealed once, then it is played.
  std::string played;
  for (int64_t ms = 0; ms < 200; ++ms) {
    if (ms == 0) deliver(buffer, at(ms), 0, 0);
    if (ms == 50) deliver(buffer, at(ms), 1, 960);
    if (ms >= 50 && ms % 20 == 10 && ms > 50) {
      const auto i = static_cast<uint32_t>((ms - 30) / 20);
      deliver(buffer, at(ms), static_cast<uint16_t>(i + 0), i * 960);
    }
    const std::string said = tick(buffer, at(ms));
    if (said != "-") played += said;
  }
  EXPECT_EQ(played.substr(0, 4), "0?12") << played;
  EXPECT_EQ(buffer.stats().late, 0u);
}

TEST_F(AudioJitterBufferTest, LongPacketsPlayForTheirOwnTime) {
  AudioJitterBuffer buffer;
  for (int64_t ms = 0; ms < 600; ++ms) {
    if (ms % 60 == 0)
      deliver(buffer, at(ms), static_cast<uint16_t>(ms / 60), static_cast<uint32_t>(ms / 60) * 2880, false, 2880);
    if (tick(buffer, at(ms)) != "-") {
      EXPECT_EQ(playout_.kind, Kind::kPacket);
      EXPECT_EQ(buffer.nextTimeout(), at(ms + 60));
    }
  }
  EXPECT_EQ(buffer.stats().concealedSamples, 0u);
}

TEST_F(AudioJitterBufferTest, ANewClockOrSequenceStartsAnew) {
  AudioJitterBuffer buffer;
  for (int i = 0; i < 3; ++i) deliver(buffer, at(i * 20), static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 960);
  deliver(buffer, at(60), 3, 0x70000000);
  EXPECT_EQ(buffer.stats().resets, 1u);
  EXPECT_EQ(buffer.size(), 1u);
  deliver(buffer, at(80), 30000, 0x70000000 + 960);
  EXPECT_EQ(buffer.stats().resets, 2u);
  first_ = 0x70000000 + 960;
  std::string played;
  for (int64_t ms = 80; ms < 120; ++ms) {
    const std::string said = tick(buffer, at(ms));
    if (said != "-") played += said;
  }
  EXPECT_EQ(played, "0");
}

TEST_F(AudioJitterBufferTest, IsBoundedAndLiesAboutLengthAreCut) {
  AudioJitterBuffer buffer;
  for (int i = 0; i < 1000; ++i) {
    deliver(buffer, at(0), static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 240, false, i % 2 ? 0 : UINT32_MAX);
    ASSERT_LE(buffer.size(), 200u);
  }
  EXPECT_GT(buffer.stats().overflows, 0u);
  ASSERT_TRUE(buffer.pop(at(1000), playout_));
  EXPECT_LE(playout_.samples, 5760u);
  EXPECT_GT(playout_.samples, 0u);
}

TEST_F(AudioJitterBufferTest, AStalledCallerDoesNotPlayThePast) {
  AudioJitterBuffer buffer;
  for (int64_t i = 0; i < 150; ++i)
    deliver(buffer, at(i * 20), static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 960);
  int ticks = 0;
  while (buffer.pop(at(3000), playout_)) ++ticks;
  EXPECT_LE(ticks, 2);
  EXPECT_TRUE(buffer.nextTimeout() > at(3000));
  EXPECT_LE(buffer.currentDelay(), Duration::millis(100));
}

// Any input: time goes forward, every tick lasts, and each packet taken is played or skipped, in order.
// For lip sync. Sound that never pauses is stretched by a tick at a time, and shortened by a packet at a time.
TEST_F(AudioJitterBufferTest, AnExtraDelayIsReachedAndGivenBack) {
  AudioJitterBuffer buffer;
  uint64_t inARow = 0, longest = 0;
  std::map<int64_t, Duration> delays;  // by second
  for (int64_t ms = 0; ms < 20'000; ++ms) {
    if (ms % 20 == 0) deliver(buffer, at(ms), static_cast<uint16_t>(ms / 20), static_cast<uint32_t>(ms / 20) * 960);
    if (ms == 5'000) buffer.setExtraDelay(Duration::millis(300));
    if (ms == 12'000) buffer.setExtraDelay(Duration::zero());
    const std::string said = tick(buffer, at(ms));
    if (said == "?") {
      longest = std::max(longest, ++inARow);
      EXPECT_TRUE(playout_.nextPayload.empty()) << "nothing is lost: there is no copy to decode";
    } else if (said != "-") {
      inARow = 0;
    }
    if (ms % 1000 == 999) delays[ms / 1000] = buffer.currentDelay();
  }
  EXPECT_EQ(delays[4], Duration::millis(20));
  for (int64_t second = 7; second < 12; ++second) EXPECT_EQ(delays[second], Duration::millis(320)) << second;
  EXPECT_LE(delays[19], Duration::millis(60)) << "less than two packets too much are left";
  EXPECT_EQ(longest, 1u) << "never more than one tick of concealment at a time";
  EXPECT_EQ(buffer.stats().stretchedSamples, 15u * 960);
  EXPECT_EQ(buffer.stats().concealedSamples, 0u);
  EXPECT_EQ(buffer.stats().late, 0u);
  EXPECT_GE(buffer.stats().skipped, 13u);
  EXPECT_EQ(buffer.stats().played + buffer.stats().skipped + buffer.size(), 1000u);
}

TEST_F(AudioJitterBufferTest, AnExtraDelayDoesNotOverflowIt) {
  AudioJitterBuffer buffer;
  buffer.setExtraDelay(Duration::seconds(1));
  for (int64_t ms = 0; ms < 30'000; ++ms) {
    if (ms % 5 == 0)
      deliver(buffer, at(ms), static_cast<uint16_t>(ms / 5), static_cast<uint32_t>(ms / 5) * 240, false, 240);
    while (buffer.pop(at(ms), playout_)) {
    }
  }
  EXPECT_EQ(buffer.stats().overflows, 0u);
  EXPECT_EQ(buffer.stats().skipped, 0u);
  EXPECT_EQ(buffer.currentDelay(), Duration::millis(520)) << "100 packets of 5 ms, and the least delay";
}

TEST_F(AudioJitterBufferTest, AnExtraDelayComesOnTopOfTheJitter) {
  SeededRandom random(23);
  AudioJitterBuffer buffer;
  std::multimap<int64_t, int64_t> arrivals;
  for (int64_t i = 0; i < 1000; ++i) arrivals.emplace(i * 20 + static_cast<int64_t>(random.below(60)), i);
  for (int64_t ms = 0; ms < 20'000; ++ms) {
    for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it)
      deliver(buffer, at(ms), static_cast<uint16_t>(it->second), static_cast<uint32_t>(it->second) * 960);
    if (ms == 5'000) buffer.setExtraDelay(Duration::millis(200));
    tick(buffer, at(ms));
    if (ms <= 8'000 || ms % 500 != 0) continue;
    ASSERT_TRUE(buffer.playing());
    EXPECT_GE(buffer.playing()->reached, Duration::millis(180)) << "at " << ms;
    EXPECT_GE(buffer.currentDelay() - buffer.playing()->reached, Duration::millis(40)) << "what the jitter needs";
  }
  buffer.setExtraDelay(Duration::millis(-300));
  EXPECT_EQ(buffer.extraDelay(), Duration::zero()) << "never less than the jitter needs";
}

TEST_F(AudioJitterBufferTest, PropertyWhateverComes) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SeededRandom random(seed);
    AudioJitterBuffer buffer;
    auto sequence = static_cast<uint16_t>(random.u32());
    uint32_t timestamp = random.u32();
    int64_t now = 0;
    for (int i = 0; i < 5000; ++i) {
      now += static_cast<int64_t>(random.below(30'000));
      const uint64_t what = random.below(100);
      if (what < 90) {
        ++sequence;
        timestamp += 960;
      } else if (what < 95) {
        timestamp += static_cast<uint32_t>(random.below(100'000));
      } else if (what == 95) {
        sequence = static_cast<uint16_t>(random.u32());
        timestamp = random.u32();
      }
      deliver(buffer, TimePoint::fromMicros(now), static_cast<uint16_t>(sequence - random.below(3)),
              timestamp - static_cast<uint32_t>(random.below(3)) * 960, random.below(10) == 0);
      int ticks = 0;
      while (buffer.pop(TimePoint::fromMicros(now), playout_)) {
        ASSERT_GT(playout_.samples, 0u);
        ASSERT_LT(++ticks, 3000);
      }
      ASSERT_TRUE(buffer.nextTimeout() > TimePoint::fromMicros(now));
    }
    const auto& stats = buffer.stats();
    EXPECT_EQ(stats.played + stats.skipped + buffer.size() <= stats.packets, true);
    EXPECT_EQ(pool_.outstanding(), buffer.size() + (playout_.buffer ? 1u : 0u));
    playout_ = {};
  }
}

// RFC 2198: each tenth packet is lost, and comes as a copy with the next one. What is waited for is a packet, not what the
// copies were late by as well.
TEST_F(AudioJitterBufferTest, CopiesAreWaitedForOnce) {
  AudioJitterBuffer buffer;
  AudioJitterBuffer::Playout out;
  uint64_t missing = 0;
  const auto packet = [](int k, bool copy) {
    AudioJitterBuffer::Packet made;
    made.sequenceNumber = static_cast<uint16_t>(k);
    made.timestamp = static_cast<uint32_t>(k * 960);
    made.copy = copy;
    return made;
  };
  for (int k = 0; k < 1000; ++k) {
    if (k % 10 == 9) continue;
    if (k % 10 == 0 && k > 0) buffer.receive(at(20 * k), packet(k - 1, true));
    buffer.receive(at(20 * k), packet(k, false));
    for (int ms = 20 * k; ms < 20 * k + 40; ++ms)
      while (buffer.pop(at(ms), out)) missing += k > 50 && out.kind == Kind::kMissing && !out.inserted ? 1 : 0;
  }
  EXPECT_EQ(buffer.targetDelay(), Duration::millis(40));
  EXPECT_EQ(missing, 0u) << "and each copy is in time";
}

}  // namespace
}  // namespace tincan::inline v0::media

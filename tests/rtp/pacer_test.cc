#include "rtp/pacer.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

using Priority = Pacer::Priority;
using Lane = Pacer::Lane;

constexpr Duration kBurst = Duration::millis(5), kBucket = Duration::millis(10);

struct Left {
  TimePoint when;
  Lane lane;
  size_t size;
  TimePoint queued;
  uint32_t id;
  Duration waited() const { return when - queued; }
};

class PacerTest : public ::testing::Test {
 protected:
  bool push(Lane lane, size_t size = 1200) {
    PacketBuffer packet = pool_.allocate();
    if (!packet.resize(size)) return false;
    storeBe32(packet.data(), nextId_++);
    return pacer_.push(now_, lane, std::move(packet));
  }
  void push(Lane lane, size_t size, int count) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(push(lane, size));
  }
  /// What leaves now.
  std::vector<Left> poll() {
    std::vector<Left> out;
    Pacer::Leaving leaving;
    while (pacer_.poll(now_, leaving)) {
      out.push_back({now_, leaving.lane, leaving.packet.size(), leaving.queued, loadBe32(leaving.packet.data())});
    }
    left_.insert(left_.end(), out.begin(), out.end());
    return out;
  }
  /// From deadline to deadline, as a driver does.
  void runUntil(TimePoint end) {
    poll();
    while (pacer_.nextTimeout() <= end) {
      const TimePoint next = std::max(now_, pacer_.nextTimeout());
      now_ = next;
      ASSERT_FALSE(poll().empty()) << "a deadline at which nothing is due";
    }
    now_ = end;
  }
  void runFor(Duration time) { runUntil(now_ + time); }
  size_t bytesBetween(TimePoint from, TimePoint to) const {
    size_t bytes = 0;
    for (const Left& left : left_) bytes += left.when >= from && left.when < to ? left.size : 0;
    return bytes;
  }
  /// A pacer that never hurries, or one with other bounds.
  void configure(Duration maxQueueTime, size_t maxPackets = 2048) {
    Pacer::Config config;
    config.maxQueueTime = maxQueueTime;
    config.maxPackets = maxPackets;
    pacer_ = Pacer(config);
  }
  static constexpr Duration kNoLimit = Duration::seconds(1'000'000);

  PacketPool pool_;
  Pacer pacer_{Pacer::Config{}};
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  std::vector<Left> left_;
  uint32_t nextId_ = 0;
};

TEST_F(PacerTest, KeepsTheRateOverEachWindow) {
  for (const uint64_t rate : {uint64_t{300'000}, uint64_t{2'500'000}, uint64_t{50'000'000}, uint64_t{200'000'000}}) {
    configure(kNoLimit);
    left_.clear();
    const Lane lane = pacer_.open(Priority::kVideo);
    pacer_.setPacingRate(rate);
    // Windows of at least 300 packets and 100 bursts.
    const Duration window =
        std::max(Duration::millis(500), Duration::micros(static_cast<int64_t>(300 * 1200 * 8 * 1'000'000ull / rate)));
    const TimePoint start = now_;
    while (now_ < start + window * 4) {
      while (pacer_.room(lane) > 0 && push(lane)) {
      }
      runFor(kBurst);
    }
    for (int i = 0; i < 4; ++i) {
      // What silence had saved up is in the first.
      const double saved = i == 0 ? kBucket.toSeconds() : 0;
      const double expected = static_cast<double>(rate) / 8 * (window.toSeconds() + saved);
      const auto got = static_cast<double>(bytesBetween(start + window * i, start + window * (i + 1)));
      EXPECT_NEAR(got / expected, 1, 0.01) << rate << " b/s, window " << i;
    }
  }
}

TEST_F(PacerTest, LeavesInBatches) {
  configure(kNoLimit);
  const Lane lane = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(50'000'000);
  push(lane, 1200, 2000);
  runFor(Duration::millis(300));
  std::map<int64_t, int> batches;
  for (const Left& left : left_) ++batches[left.when.micros()];
  ASSERT_GT(batches.size(), 30u);
  int small = 0;
  for (const auto& [when, size] : batches) {
    small += size < 26;  // 5 ms of 50 Mb/s: 26.04 packets
    EXPECT_LE(size, 54) << "a full bucket";
  }
  EXPECT_LE(small, 1) << "the last";
}

// A mean picture of a 1 Mb/s call at 30 a second, beside its sound: what pacing costs it.
TEST_F(PacerTest, AMeanPictureIsAsGoodAsAtOnce) {
  const Lane video = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(2'620'000);
  for (int picture = 0; picture < 30; ++picture) {
    push(video, 1100, 4);
    runFor(Duration::micros(33'333));
  }
  ASSERT_EQ(left_.size(), 120u);
  Duration longest;
  for (const Left& left : left_) longest = std::max(longest, left.waited());
  EXPECT_LE(longest, Duration::millis(1));
}

TEST_F(PacerTest, AKeyFrameIsSpread) {
  const Lane video = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(2'620'000);
  push(video, 1200, 42);
  runFor(Duration::seconds(1));
  ASSERT_EQ(left_.size(), 42u);
  // 50,400 bytes take 153.9 ms, less what the bucket held and the last packet.
  EXPECT_NEAR(left_.back().waited().toSeconds(), 0.1539 - 0.010 - 0.0037, 0.002);
  for (size_t i = 0; i < left_.size(); ++i) {
    EXPECT_EQ(left_[i].id, i);
    const size_t inABurst = bytesBetween(left_[i].when, left_[i].when + Duration::micros(1));
    EXPECT_LE(inABurst, 3 * 1200u);
  }
}

TEST_F(PacerTest, SoundNeverWaitsAndIsPaidFor) {
  configure(kNoLimit);
  const Lane video = pacer_.open(Priority::kVideo);
  const Lane sound = pacer_.open(Priority::kAudio);
  pacer_.setPacingRate(2'000'000);
  push(video, 1200, 2000);
  const TimePoint start = now_;
  for (int i = 0; i < 250; ++i) {
    push(sound, 160);
    EXPECT_EQ(pacer_.nextTimeout(), TimePoint());
    runFor(Duration::millis(20));
  }
  size_t sounds = 0;
  for (const Left& left : left_) {
    if (left.lane != sound) continue;
    ++sounds;
    EXPECT_EQ(left.waited(), Duration::zero());
  }
  EXPECT_EQ(sounds, 250u);
  const double expected = 2'000'000 / 8.0 * (5 + kBucket.toSeconds());
  EXPECT_NEAR(static_cast<double>(bytesBetween(start, now_)) / expected, 1, 0.01) << "both together";
}

// Sound of twice the rate: what else there is leaves when it has waited long enough.
TEST_F(PacerTest, SoundBeyondTheRateDoesNotStarveTheRest) {
  const Lane video = pacer_.open(Priority::kVideo);
  const Lane sound = pacer_.open(Priority::kAudio);
  pacer_.setPacingRate(64'000);
  push(video, 1200, 5);
  for (int i = 0; i < 300; ++i) {
    push(sound, 320);
    runFor(Duration::millis(20));
  }
  size_t pictures = 0;
  for (const Left& left : left_) {
    if (left.lane != video) continue;
    ++pictures;
    EXPECT_LE(left.waited(), Duration::millis(450));
  }
  EXPECT_EQ(pictures, 5u);
}

TEST_F(PacerTest, TheHighestPriorityGoesFirst) {
  const Lane padding = pacer_.open(Priority::kPadding);
  const Lane video = pacer_.open(Priority::kVideo);
  const Lane repair = pacer_.open(Priority::kRetransmission);
  const Lane sound = pacer_.open(Priority::kAudio);
  for (Lane lane : {padding, video, repair, sound}) push(lane, 1000, 3);
  pacer_.setPacingRate(1'000'000);
  runFor(Duration::seconds(1));
  ASSERT_EQ(left_.size(), 12u);
  const std::array<Lane, 4> order = {sound, repair, video, padding};
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(left_[i].lane, order[i / 3]);
}

TEST_F(PacerTest, LanesOfOnePriorityTakeTurns) {
  const std::array<Lane, 3> lanes = {pacer_.open(Priority::kVideo), pacer_.open(Priority::kVideo),
                                     pacer_.open(Priority::kVideo)};
  pacer_.setPacingRate(10'000'000);
  push(lanes[0], 1000, 6);
  push(lanes[1], 1000, 3);
  push(lanes[2], 1000, 4);
  runFor(Duration::seconds(1));
  std::vector<uint32_t> order;
  for (const Left& left : left_) order.push_back(left.lane.value());
  EXPECT_EQ(order, (std::vector<uint32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 0, 0}));
}

TEST_F(PacerTest, EachPriorityIsBoundedByItself) {
  configure(kNoLimit, 10);
  const Lane video = pacer_.open(Priority::kVideo);
  const Lane other = pacer_.open(Priority::kVideo);
  const Lane sound = pacer_.open(Priority::kAudio);
  EXPECT_EQ(pacer_.room(video), 10u);
  push(video, 100, 7);
  EXPECT_EQ(pacer_.room(other), 3u);
  push(other, 100, 3);
  EXPECT_FALSE(push(video));
  EXPECT_FALSE(push(other));
  EXPECT_EQ(pacer_.counters().refused, 2u);
  EXPECT_EQ(pacer_.room(sound), 10u);
  push(sound, 100, 10);
  EXPECT_FALSE(push(sound));
  EXPECT_EQ(pacer_.packets(), 20u);
  EXPECT_EQ(pool_.outstanding(), 20u) << "what was refused is gone";
  pacer_.setPacingRate(1'000'000);
  runFor(Duration::seconds(1));
  EXPECT_EQ(left_.size(), 20u);
  EXPECT_EQ(pacer_.room(video), 10u);
}

TEST_F(PacerTest, NothingWaitsTooLong) {
  const Lane lane = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(1'000'000);
  push(lane, 1200, 800);  // 7.7 s at the rate
  EXPECT_GT(pacer_.rate(), 19'000'000u);
  runFor(Duration::seconds(1));
  ASSERT_EQ(left_.size(), 800u);
  EXPECT_LE(left_.back().waited(), Duration::millis(400));
  EXPECT_GE(left_.back().waited(), Duration::millis(350)) << "but as slowly as that allows";
  EXPECT_EQ(pacer_.rate(), 1'000'000u) << "and then the rate is what it was";
  // An encoder at three times the rate: the queue stays within the limit for ever.
  left_.clear();
  for (int i = 0; i < 1000; ++i) {
    push(lane, 1250, 3);
    runFor(Duration::millis(10));
  }
  EXPECT_GT(left_.size(), 2900u);
  for (const Left& left : left_) EXPECT_LE(left.waited(), Duration::millis(400));
}

TEST_F(PacerTest, WithoutARateOnlySoundLeaves) {
  const Lane video = pacer_.open(Priority::kVideo);
  const Lane sound = pacer_.open(Priority::kAudio);
  push(video, 1200, 3);
  push(sound, 100);
  runFor(Duration::seconds(10));
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_[0].lane, sound);
  EXPECT_TRUE(pacer_.nextTimeout().isNever());
  EXPECT_EQ(pacer_.rate(), 0u);
  pacer_.setPacingRate(1'000'000);
  runFor(Duration::millis(100));
  EXPECT_EQ(left_.size(), 4u);
}

TEST_F(PacerTest, SilenceSavesUpNoMoreThanTheBucket) {
  const Lane lane = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(8'000'000);
  runFor(Duration::seconds(3600 * 24 * 365));
  push(lane, 1000, 100);
  EXPECT_EQ(poll().size(), 10u) << "10 ms of 8 Mb/s";
}

// A machine that slept with packets in the queue.
TEST_F(PacerTest, WhatIsTooOldLeavesSoonButNotAtOnce) {
  const Lane lane = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(1'000'000);
  push(lane, 1200, 40);  // 384 ms: within the limit
  EXPECT_EQ(pacer_.rate(), 1'000'000u);
  poll();
  now_ += Duration::seconds(10);
  const size_t atOnce = poll().size();
  EXPECT_LE(atOnce, 3u);
  runFor(Duration::millis(30));
  EXPECT_EQ(left_.size(), 40u);
}

TEST_F(PacerTest, TimeThatStandsStillOrRunsBackAddsNothing) {
  const Lane lane = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(8'000'000);
  push(lane, 1000, 100);
  EXPECT_EQ(poll().size(), 10u);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(poll().empty());
  now_ += -Duration::seconds(1);
  EXPECT_TRUE(poll().empty());
}

TEST_F(PacerTest, ARateThatChangesHoldsForWhatWaits) {
  configure(kNoLimit);
  const Lane lane = pacer_.open(Priority::kVideo);
  pacer_.setPacingRate(1'000'000);
  push(lane, 1000, 2000);
  runFor(Duration::seconds(1));
  for (const uint64_t rate : {uint64_t{8'000'000}, uint64_t{500'000}, uint64_t{2'000'000}}) {
    pacer_.setPacingRate(rate);
    runFor(kBucket);
    const TimePoint from = now_;
    runFor(Duration::seconds(1));
    const double got = static_cast<double>(bytesBetween(from, now_)) * 8;
    EXPECT_NEAR(got, static_cast<double>(rate), 16'000) << "to two packets";
  }
}

TEST_F(PacerTest, AClosedLaneDropsItsOwnAndIsUsedAgain) {
  configure(kNoLimit);
  const Lane first = pacer_.open(Priority::kVideo);
  const Lane second = pacer_.open(Priority::kVideo);
  const Lane sound = pacer_.open(Priority::kAudio);
  push(first, 1000, 5);
  push(second, 1000, 5);
  push(sound, 100, 2);
  pacer_.close(first);
  EXPECT_EQ(pacer_.counters().dropped, 5u);
  EXPECT_EQ(pool_.outstanding(), 7u);
  pacer_.close(sound);
  EXPECT_EQ(pacer_.counters().dropped, 7u);
  const Lane again = pacer_.open(Priority::kRetransmission);
  EXPECT_EQ(again, first);
  push(again, 500);
  pacer_.setPacingRate(10'000'000);
  runFor(Duration::seconds(1));
  ASSERT_EQ(left_.size(), 6u);
  EXPECT_EQ(left_[0].lane, again);
  pacer_.close(again);
  pacer_.close(second);
  EXPECT_EQ(pacer_.counters().dropped, 7u);
  EXPECT_TRUE(pacer_.nextTimeout().isNever());
}

TEST_F(PacerTest, OffAllLeavesAtOnce) {
  Pacer::Config config;
  config.enabled = false;
  pacer_ = Pacer(config);
  const Lane video = pacer_.open(Priority::kVideo);
  const Lane sound = pacer_.open(Priority::kAudio);
  push(video, 1200, 1000);
  push(sound, 100);
  EXPECT_LE(pacer_.nextTimeout(), now_);
  const auto all = poll();
  ASSERT_EQ(all.size(), 1001u);
  EXPECT_EQ(all[0].lane, sound);
  EXPECT_TRUE(pacer_.nextTimeout().isNever());
}

/// What the class comment says, said again in the plainest way.
struct Oracle {
  struct Waiting {
    uint32_t id;
    TimePoint queued;
  };
  std::array<std::deque<uint32_t>, 4> turns;  // lanes, by priority
  std::vector<std::deque<Waiting>> lanes;
  double tokens = 0;  // bits

  void tick(double seconds, uint64_t rate) {
    const double d = static_cast<double>(rate);
    tokens = std::min(tokens + seconds * d, d * kBucket.toSeconds());
  }
  void push(size_t priority, uint32_t lane, uint32_t id, TimePoint now) {
    if (lanes[lane].empty()) turns[priority].push_back(lane);
    lanes[lane].push_back({id, now});
  }
  /// Empty, or what is wrong with it.
  std::string_view check(const Left& left, uint64_t rate) {
    const auto queue = std::find_if(turns.begin(), turns.end(), [](const auto& each) { return !each.empty(); });
    if (queue == turns.end()) return "nothing waits";
    const uint32_t lane = queue->front();
    if (left.lane.value() != lane) return "priority, or turn";
    if (left.id != lanes[lane].front().id || left.queued != lanes[lane].front().queued) return "order within the lane";
    const double cost = static_cast<double>(left.size) * 8;
    const double bucket = static_cast<double>(rate) * kBucket.toSeconds();
    if (queue == turns.begin()) {
      tokens = std::max(tokens - cost, std::min(tokens, -bucket));
    } else if (tokens <= -1e-3) {
      return "more than the rate";
    } else {
      tokens -= cost;
    }
    queue->pop_front();
    lanes[lane].pop_front();
    if (!lanes[lane].empty()) queue->push_back(lane);
    return {};
  }
};

class PacerAgainstOracle : public PacerTest {
 protected:
  bool schedule(uint64_t seed) {
    SeededRandom random(seed);
    configure(Duration::millis(static_cast<int64_t>(20 + random.below(500))), 40);
    oracle_ = {};
    left_.clear();
    std::vector<std::pair<Lane, size_t>> lanes;
    for (size_t i = 1 + random.below(5); i > 0; --i) {
      const size_t priority = random.below(4);
      lanes.emplace_back(pacer_.open(static_cast<Priority>(priority)), priority);
    }
    oracle_.lanes.resize(lanes.size());
    setRate(random);
    poll();
    oracle_.tick(1, pacer_.rate());  // nobody has asked before
    for (int i = 0; i < 12 && wrong_.empty(); ++i) {
      const auto [lane, priority] = lanes[random.below(lanes.size())];
      switch (random.below(8)) {
        case 0: setRate(random); break;
        case 1: walk(Duration::micros(static_cast<int64_t>(random.below(2'000'000)))); break;
        case 2:  // late
          step(now_ + Duration::micros(static_cast<int64_t>(random.below(100'000))));
          break;
        default:
          for (size_t count = random.below(12); count > 0; --count) {
            const uint32_t id = nextId_;
            if (push(lane, 20 + random.below(1400))) oracle_.push(priority, lane.value(), id, now_);
          }
          walk(Duration::micros(static_cast<int64_t>(random.below(8000))));
      }
    }
    pacer_.setPacingRate(1'000'000);
    walk(Duration::seconds(5));
    if (pool_.outstanding() > 0) fail("packets are left");
    EXPECT_TRUE(wrong_.empty()) << wrong_ << " in schedule " << seed;
    return wrong_.empty();
  }

 private:
  void setRate(SeededRandom& random) {
    const uint64_t rate = random.below(6) == 0 ? 0 : 10'000 + random.below(uint64_t{1} << (10 + random.below(20)));
    pacer_.setPacingRate(rate);
    oracle_.tick(0, pacer_.rate());
  }
  // From deadline to deadline; nothing is due just before one, and something at it.
  void walk(Duration time) {
    const TimePoint end = now_ + time;
    step(now_);
    while (wrong_.empty() && pacer_.nextTimeout() <= end) {
      const TimePoint due = pacer_.nextTimeout();
      if (due <= now_) return fail("all that was due has been polled");
      if (step(due - Duration::micros(1)) > 0) return fail("left before its time");
      if (step(due) == 0) return fail("a deadline at which nothing leaves");
    }
    step(end);
  }
  size_t step(TimePoint to) {
    if (!wrong_.empty()) return 0;
    oracle_.tick((to - now_).toSeconds(), pacer_.rate());
    now_ = to;
    size_t left = 0;
    Pacer::Leaving leaving;
    for (; wrong_.empty(); ++left) {
      const uint64_t rate = pacer_.rate();
      if (!pacer_.poll(now_, leaving)) break;
      const uint32_t id = loadBe32(leaving.packet.data());
      fail(oracle_.check({now_, leaving.lane, leaving.packet.size(), leaving.queued, id}, rate));
      leaving.packet.reset();
      oracle_.tick(0, pacer_.rate());  // the bucket is smaller again
    }
    return left;
  }
  void fail(std::string_view what) {
    if (wrong_.empty()) wrong_ = what;
  }

  Oracle oracle_;
  std::string_view wrong_;
};

TEST_F(PacerAgainstOracle, TenThousandSchedules) {
  for (uint64_t seed = 0; seed < 10'000; ++seed) ASSERT_TRUE(schedule(seed));
}

class PacerProbeTest : public PacerTest {
 protected:
  /// From deadline to deadline, with as much padding as is asked for; its packets have 224 bytes.
  void runWithPadding(Duration time, Lane padding) {
    for (const TimePoint end = now_ + time;;) {
      Pacer::Leaving leaving;
      while (pacer_.poll(now_, leaving)) {
        left_.push_back({now_, leaving.lane, leaving.packet.size(), leaving.queued, leaving.probeCluster});
      }
      if (size_t due = pacer_.paddingDue(now_); due > 0) {
        for (; due > 0; due -= std::min<size_t>(due, 224)) EXPECT_TRUE(push(padding, 224));
        continue;
      }
      const TimePoint next = std::max(now_, pacer_.nextTimeout());
      if (next > end) {
        now_ = end;
        return;
      }
      ASSERT_LT(++turns_, 100'000) << "a deadline at which nothing is due";
      now_ = next;
    }
  }
  std::vector<Left> cluster(uint32_t id) const {
    std::vector<Left> out;
    for (const Left& left : left_) {
      if (left.id == id) out.push_back(left);
    }
    return out;
  }
  static size_t bytesOf(const std::vector<Left>& packets) {
    size_t bytes = 0;
    for (const Left& left : packets) bytes += left.size;
    return bytes;
  }
  int turns_ = 0;
};

TEST_F(PacerProbeTest, SendsAClusterOfWhatWaitsAtItsOwnRate) {
  pacer_.setPacingRate(500'000);
  const Lane video = pacer_.open(Priority::kVideo), padding = pacer_.open(Priority::kPadding);
  push(video, 1200, 20);
  ASSERT_TRUE(pacer_.startProbe(now_, {.cluster = 7, .rate = 3'000'000, .packets = 5, .bytes = 5625}));
  EXPECT_TRUE(pacer_.probing());
  runWithPadding(Duration::millis(30), padding);
  const auto sent = cluster(7);
  ASSERT_EQ(sent.size(), 5u);  // of 1,200 bytes: enough of both
  // In steps of 2 ms, and 4 packets' time at its rate between the first and the last.
  EXPECT_NEAR(static_cast<double>((sent.back().when - sent.front().when).micros()), 12'800, 2000);
  EXPECT_FALSE(pacer_.probing());
  // Beyond it the rate is kept: what the cluster took is paid for, as far as a bucket.
  const TimePoint from = now_;
  runWithPadding(Duration::millis(400), padding);
  EXPECT_LE(bytesBetween(from, now_), 500'000 * 0.4 / 8 + 1200);
}

TEST_F(PacerProbeTest, FillsAClusterWithPadding) {
  pacer_.setPacingRate(500'000);
  const Lane video = pacer_.open(Priority::kVideo), padding = pacer_.open(Priority::kPadding);
  ASSERT_TRUE(pacer_.startProbe(now_, {.cluster = 1, .rate = 2'000'000, .packets = 5, .bytes = 3750}));
  runWithPadding(Duration::millis(100), padding);
  EXPECT_TRUE(left_.empty()) << "padding alone begins none";
  push(video, 1000);
  runWithPadding(Duration::millis(100), padding);
  const auto sent = cluster(1);
  EXPECT_GE(bytesOf(sent), 3750u);
  EXPECT_LE(bytesOf(sent), 3750u + 1000);
  EXPECT_EQ(sent.front().lane, video);
  EXPECT_EQ(sent.back().lane, padding);
  const double rate = static_cast<double>(bytesOf(sent) - sent.back().size) * 8e6 /
                      static_cast<double>((sent.back().when - sent.front().when).micros());
  EXPECT_NEAR(rate, 2'000'000, 400'000);
}

TEST_F(PacerProbeTest, SoundIsPartOfAClusterAndBeginsNone) {
  pacer_.setPacingRate(500'000);
  const Lane audio = pacer_.open(Priority::kAudio), video = pacer_.open(Priority::kVideo);
  ASSERT_TRUE(pacer_.startProbe(now_, {.cluster = 1, .rate = 2'000'000, .packets = 3, .bytes = 100}));
  Pacer::Leaving leaving;
  push(audio, 100);
  ASSERT_TRUE(pacer_.poll(now_, leaving));
  EXPECT_EQ(leaving.probeCluster, 0u);
  push(video, 1000);
  ASSERT_TRUE(pacer_.poll(now_, leaving));
  EXPECT_EQ(leaving.probeCluster, 1u);
  push(audio, 100);
  ASSERT_TRUE(pacer_.poll(now_, leaving));
  EXPECT_EQ(leaving.probeCluster, 1u);
}

TEST_F(PacerProbeTest, GivesUpAClusterThatFindsNothingOrNoPadding) {
  pacer_.setPacingRate(500'000);
  const Lane video = pacer_.open(Priority::kVideo), padding = pacer_.open(Priority::kPadding);
  ASSERT_TRUE(pacer_.startProbe(now_, {.cluster = 1, .rate = 2'000'000, .packets = 5, .bytes = 3750}));
  EXPECT_TRUE(pacer_.nextTimeout().isNever());
  now_ += Duration::seconds(3);
  EXPECT_EQ(pacer_.paddingDue(now_), 0u);
  EXPECT_FALSE(pacer_.probing());
  ASSERT_TRUE(pacer_.startProbe(now_, {.cluster = 2, .rate = 2'000'000, .packets = 5, .bytes = 3750}));
  push(video, 1000);
  poll();
  now_ = pacer_.nextTimeout();
  EXPECT_GT(pacer_.paddingDue(now_), 0u);
  pacer_.noPadding(now_);
  EXPECT_FALSE(pacer_.probing());
  EXPECT_TRUE(pacer_.nextTimeout().isNever());
  static_cast<void>(padding);
}

TEST_F(PacerProbeTest, HoldsNoMoreThanFourClusters) {
  for (uint32_t i = 1; i <= 4; ++i) EXPECT_TRUE(pacer_.startProbe(now_, {.cluster = i, .rate = 1'000'000}));
  EXPECT_FALSE(pacer_.startProbe(now_, {.cluster = 5, .rate = 1'000'000}));
  pacer_ = Pacer(Pacer::Config{});
  EXPECT_FALSE(pacer_.startProbe(now_, {.cluster = 1, .rate = 0}));
  EXPECT_FALSE(pacer_.startProbe(now_, {.cluster = 0, .rate = 1}));
  EXPECT_TRUE(pacer_.startProbe(now_, {.cluster = 1, .rate = UINT64_MAX, .packets = UINT32_MAX, .bytes = UINT64_MAX}));
  const Lane video = pacer_.open(Priority::kVideo);
  push(video, 1200, 100);
  EXPECT_LE(poll().size(), 100u);
}

TEST_F(PacerProbeTest, PadsUpToARateAndNoFurther) {
  pacer_.setPacingRate(2'000'000);
  pacer_.setPaddingRate(400'000);
  const Lane video = pacer_.open(Priority::kVideo), padding = pacer_.open(Priority::kPadding);
  runWithPadding(Duration::seconds(1), padding);
  EXPECT_NEAR(static_cast<double>(bytesOf(left_)), 50'000, 3000);
  left_.clear();
  // A video of 200 kb/s: the other half is padding.
  for (int i = 0; i < 25; ++i) {
    push(video, 1000);
    runWithPadding(Duration::millis(40), padding);
  }
  EXPECT_NEAR(static_cast<double>(bytesOf(left_)), 50'000, 4000);
  left_.clear();
  // One of more than that: none.
  for (int i = 0; i < 25; ++i) {
    push(video, 1200, 2);
    runWithPadding(Duration::millis(40), padding);
  }
  for (const Left& left : left_) EXPECT_EQ(left.lane, video);
}

}  // namespace
}  // namespace tincan::inline v0::rtp

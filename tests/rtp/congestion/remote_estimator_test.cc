#include "rtp/congestion/remote_estimator.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

/// A sender of one rate over a line with a queue, and what the estimator says.
class RemoteEstimatorTest : public ::testing::Test {
 protected:
  void run(Duration time, double rate, double line = 1e9, Ssrc ssrc = Ssrc(7)) {
    const Duration apart = Duration::micros(static_cast<int64_t>(8000e6 / rate));
    for (const TimePoint end = now_ + time; now_ < end; now_ += apart) {
      lineFree_ = std::max(lineFree_, now_) + Duration::micros(static_cast<int64_t>(8000e6 / line));
      while (estimator_.nextTimeout() <= now_) poll(std::max(estimator_.nextTimeout(), polled_));
      estimator_.onPacket(lineFree_ + Duration::millis(30), AbsSendTime::at(now_), 1000, ssrc);
    }
  }
  void poll(TimePoint at) {
    polled_ = at;
    if (auto remb = estimator_.poll(at)) said_.push_back(*remb);
  }
  RemoteEstimator estimator_{Ssrc(1)};
  // Just before the 64 s of abs-send-time are over.
  TimePoint now_ = TimePoint::fromMicros(62'000'000), lineFree_, polled_;
  std::vector<rtcp::Remb> said_;
};

TEST_F(RemoteEstimatorTest, SaysWhatComesAndNamesTheSources) {
  EXPECT_TRUE(estimator_.nextTimeout().isNever());
  run(Duration::seconds(5), 800'000);
  ASSERT_GE(said_.size(), 4u);
  EXPECT_LE(said_.size(), 7u);
  EXPECT_GE(said_.back().bitrate, 800'000u);
  EXPECT_LE(said_.back().bitrate, 1'300'000u);
  EXPECT_EQ(said_.back().ssrcs, std::vector<Ssrc>{Ssrc(7)});
}

TEST_F(RemoteEstimatorTest, SaysAtOnceThatALineIsFull) {
  run(Duration::seconds(4), 1'000'000);
  const size_t before = said_.size();
  run(Duration::seconds(2), 1'000'000, 600'000);
  ASSERT_GT(said_.size(), before + 1);
  EXPECT_LT(said_.back().bitrate, 600'000u);
}

TEST_F(RemoteEstimatorTest, FallsSilentWithTheSender) {
  run(Duration::seconds(3), 500'000);
  for (int i = 0; i < 40; ++i) poll(polled_ + Duration::millis(100));
  EXPECT_TRUE(estimator_.nextTimeout().isNever());
}

TEST_F(RemoteEstimatorTest, AbsurdTimesAndSourcesKeepItWithinItsBounds) {
  SeededRandom random(4);
  TimePoint now = now_;
  for (int i = 0; i < 50'000; ++i) {
    now += Duration::micros(static_cast<int64_t>(random.below(3000)));
    estimator_.onPacket(now, AbsSendTime{random.u32() & 0xffffff}, random.below(1500), Ssrc(random.u32()));
    if (auto remb = estimator_.poll(now)) {
      EXPECT_GE(remb->bitrate, static_cast<uint64_t>(RemoteEstimator::kLeast));
      EXPECT_LE(remb->ssrcs.size(), RemoteEstimator::kMostSources);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp

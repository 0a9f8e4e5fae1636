#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/congestion/alr_detector.h"
#include "rtp/congestion/burst_detector.h"
#include "rtp/congestion/probe_controller.h"
#include "rtp/congestion/probe_estimator.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr TimePoint kStart = TimePoint::fromMicros(1'000'000);
using State = ProbeController::State;

class ProbeControllerTest : public ::testing::Test {
 protected:
  ProbeControllerTest() { probes_.setLimits({300'000, 30'000, 20'000'000}, 4'000'000); }
  std::vector<uint64_t> due() {
    std::vector<uint64_t> out;
    ProbeCluster cluster;
    while (probes_.poll(cluster)) {
      out.push_back(cluster.rate);
      last_ = cluster.id;
    }
    return out;
  }
  ProbeController::Line line(uint64_t estimate, bool limited = false, bool roomy = false) {
    ProbeController::Line out;
    out.now = now_;
    out.estimate = estimate;
    out.applicationLimited = limited;
    out.roomy = roomy;
    return out;
  }
  void result(double rate, bool saturated = false) { probes_.onResult(line(0), last_, rate, saturated); }
  /// The first probes have gone, and nothing came of them.
  void settle(uint64_t estimate = 300'000) {
    probes_.start(now_, 300'000);
    due();
    now_ += Duration::seconds(2);
    probes_.update(line(estimate));
    EXPECT_EQ(probes_.state(), State::kSettled);
    EXPECT_TRUE(due().empty());
  }
  using Rates = std::vector<uint64_t>;

  ProbeController probes_;
  TimePoint now_ = kStart;
  uint32_t last_ = 0;
};

TEST_F(ProbeControllerTest, StartsWithThreeAndSixTimesTheRate) {
  probes_.update(line(300'000));
  EXPECT_TRUE(due().empty());
  probes_.start(now_, 300'000);
  EXPECT_EQ(due(), (Rates{900'000, 1'800'000}));
  EXPECT_EQ(probes_.state(), State::kWaiting);
  probes_.start(now_, 300'000);
  EXPECT_TRUE(due().empty());
}

TEST_F(ProbeControllerTest, GoesOnAtTwiceAGoodResultUntilWhatIsWanted) {
  probes_.start(now_, 300'000);
  due();
  result(1'700'000);
  EXPECT_EQ(due(), Rates{3'400'000});
  result(3'300'000);
  EXPECT_EQ(due(), Rates{6'600'000});
  result(6'500'000);
  EXPECT_EQ(due(), Rates{8'000'000});  // twice what is wanted
  result(8'000'000);
  EXPECT_TRUE(due().empty());
}

TEST_F(ProbeControllerTest, StopsAtAPoorOrSaturatedResultAndAtThoseOfOtherClusters) {
  probes_.start(now_, 300'000);
  due();
  probes_.onResult(line(0), last_ - 1, 1'700'000, false);
  result(1'200'000);
  auto late = line(0);
  late.now = now_ + ProbeController::kBeginning;
  probes_.onResult(late, last_, 1'400'000, true);
  EXPECT_TRUE(due().empty());
  now_ += Duration::millis(999);
  probes_.update(line(300'000, true));
  EXPECT_EQ(probes_.state(), State::kWaiting);
  now_ += Duration::millis(1);
  probes_.update(line(300'000));
  EXPECT_EQ(probes_.state(), State::kSettled);
}

TEST_F(ProbeControllerTest, GoesOnFromASaturatedResultAtTheStartAndAsksForTheLastOneAgain) {
  probes_.start(now_, 300'000);
  due();
  result(1'400'000, true);  // 30 ms among jitter
  EXPECT_EQ(due(), Rates{2'800'000});
  result(1'500'000, true);  // this is the line, it seems
  auto seen = line(1'500'000);
  now_ += ProbeController::kConfirmAfter - Duration::millis(1);
  seen.now = now_;
  seen.shortQueue = true;
  probes_.update(seen);
  EXPECT_TRUE(due().empty());
  now_ += Duration::millis(1);
  seen.now = now_;
  seen.shortQueue = false;
  probes_.update(seen);
  EXPECT_TRUE(due().empty());
  seen.shortQueue = true;
  probes_.update(seen);
  ProbeCluster cluster;
  ASSERT_TRUE(probes_.poll(cluster));
  EXPECT_EQ(cluster.rate, 2'250'000u);
  EXPECT_EQ(cluster.duration, ProbeController::kLongCluster);
  // It is asked for once, and leads to no larger one.
  probes_.onResult(seen, cluster.id, 2'200'000, false);
  now_ += Duration::millis(900);
  seen.now = now_;
  probes_.update(seen);
  EXPECT_TRUE(due().empty());
}

TEST_F(ProbeControllerTest, TakesAResultThatIsHardlySaturatedForJitter) {
  settle();
  now_ += Duration::seconds(10);
  probes_.update(line(300'000, false, true));
  EXPECT_EQ(due(), Rates{600'000});
  result(500'000, true);
  EXPECT_EQ(due(), Rates{1'000'000});
}

TEST_F(ProbeControllerTest, ProbesForWhatABurstOfOthersTookAndForNoMore) {
  settle(2'000'000);
  probes_.onPassed(now_, 2'000'000);
  probes_.update(line(1'000'000));
  EXPECT_EQ(due(), Rates{1'700'000});
  result(1'700'000);
  EXPECT_TRUE(due().empty());
}

TEST_F(ProbeControllerTest, ProbesWhileApplicationLimitedEachFiveSeconds) {
  settle();
  now_ += Duration::seconds(4);
  probes_.update(line(300'000, true));
  EXPECT_EQ(due(), Rates{600'000});
  now_ += Duration::seconds(4);
  probes_.update(line(300'000, true));
  EXPECT_TRUE(due().empty());
  now_ += Duration::seconds(1);
  probes_.update(line(300'000, true));
  EXPECT_EQ(due(), Rates{600'000});
}

TEST_F(ProbeControllerTest, ProbesWhereThereIsRoomAndLessOftenInVain) {
  settle();
  int probes = 0;
  for (int i = 0; i < 600; ++i) {
    now_ += Duration::millis(100);
    probes_.update(line(300'000, false, true));
    probes += static_cast<int>(due().size());
  }
  EXPECT_GE(probes, 13);
  EXPECT_LE(probes, 16);  // a minute, each 4 s
  for (int i = 0; i < 100; ++i) {
    now_ += Duration::millis(100);
    probes_.update(line(300'000, false, false));
    EXPECT_TRUE(due().empty());
  }
}

TEST_F(ProbeControllerTest, ProbesAgainAtOnceAfterOneThatFoundSome) {
  settle();
  now_ += Duration::seconds(10);
  probes_.update(line(300'000, false, true));
  due();
  result(450'000, true);
  now_ += Duration::millis(1000);
  probes_.update(line(500'000, false, true));
  EXPECT_EQ(due(), Rates{1'000'000});
}

TEST_F(ProbeControllerTest, NoneWhileTheLineIsFullOrDrainsOrAllIsThere) {
  settle();
  now_ += Duration::seconds(60);
  auto full = line(300'000, true);
  full.mayProbe = false;
  probes_.update(full);
  auto draining = line(300'000, true);
  draining.draining = true;
  probes_.update(draining);
  probes_.update(line(8'000'000, true));
  EXPECT_TRUE(due().empty());
}

TEST_F(ProbeControllerTest, ProbesOnceForWhatWasLostByAFall) {
  settle(2'000'000);
  probes_.onDrop(now_, 2'000'000, 1'000'000);
  now_ += Duration::millis(500);
  probes_.update(line(1'000'000));
  EXPECT_EQ(due(), Rates{1'700'000});
  now_ += Duration::seconds(2);
  probes_.update(line(1'000'000));
  EXPECT_TRUE(due().empty());
  // A small fall is none, and an old one neither.
  probes_.onDrop(now_, 1'000'000, 700'000);
  probes_.update(line(700'000));
  probes_.onDrop(now_, 2'000'000, 500'000);
  now_ += Duration::seconds(6);
  probes_.update(line(500'000));
  EXPECT_TRUE(due().empty());
}

TEST_F(ProbeControllerTest, ProbesAtOnceWhenMoreIsWanted) {
  probes_.setLimits({300'000, 30'000, 20'000'000}, 400'000);
  probes_.start(now_, 300'000);
  EXPECT_EQ(due(), Rates{800'000});
  now_ += Duration::seconds(2);
  probes_.update(line(700'000, true));
  due();
  now_ += Duration::millis(1500);
  probes_.update(line(700'000, true));
  EXPECT_TRUE(due().empty());
  probes_.setLimits({300'000, 30'000, 20'000'000}, 4'000'000);
  probes_.update(line(700'000, true));
  EXPECT_EQ(due(), Rates{1'400'000});
}

TEST_F(ProbeControllerTest, BeginsAnewOnANewRouteAndClustersKeepTheirNames) {
  settle();
  const uint32_t before = last_;
  probes_.reset();
  EXPECT_EQ(probes_.state(), State::kInitial);
  probes_.start(now_, 300'000);
  EXPECT_EQ(due(), (Rates{900'000, 1'800'000}));
  EXPECT_EQ(last_, before + 2);
}

TEST_F(ProbeControllerTest, EveryEventInEveryState) {
  using Event = std::function<void(ProbeController&, const ProbeController::Line&)>;
  const uint64_t most = 8'000'000;
  const Event events[] = {
      [](ProbeController& probes, const auto& seen) { probes.start(seen.now, 300'000); },
      [&](ProbeController& probes, const auto& seen) { probes.onResult(seen, last_, 1e6, false); },
      [&](ProbeController& probes, const auto& seen) { probes.onResult(seen, last_, 1e6, true); },
      [&](ProbeController& probes, const auto& seen) { probes.onResult(seen, last_, 1e12, false); },
      [&](ProbeController& probes, const auto& seen) { probes.onResult(seen, last_, -1, true); },
      [](ProbeController& probes, const auto& seen) { probes.onResult(seen, 4'000'000'000, 1e6, false); },
      [](ProbeController& probes, const auto& seen) { probes.update(seen); },
      [](ProbeController& probes, const auto& seen) { probes.onDrop(seen.now, 4'000'000, 1); },
      [](ProbeController& probes, const auto& seen) { probes.onPassed(seen.now, UINT64_MAX); },
      [](ProbeController& probes, const auto&) {
        probes.setLimits({300'000, 30'000, 20'000'000}, 4'000'000);
      },
      [](ProbeController& probes, const auto&) { probes.reset(); },
  };
  for (const State wanted : {State::kInitial, State::kWaiting, State::kSettled}) {
    for (const Event& event : events) {
      for (int flags = 0; flags < 32; ++flags) {
        for (const int hours : {0, 1}) {
          probes_ = {};
          probes_.setLimits({300'000, 30'000, 20'000'000}, 4'000'000);
          if (wanted != State::kInitial) probes_.start(now_, 300'000);
          if (wanted != State::kInitial) due();
          if (wanted == State::kSettled) now_ += Duration::seconds(2);
          if (wanted == State::kSettled) probes_.update(line(300'000));
          ASSERT_EQ(probes_.state(), wanted);
          now_ += Duration::seconds(3600) * hours;
          ProbeController::Line seen = line(500'000, (flags & 1) != 0, (flags & 2) != 0);
          seen.mayProbe = (flags & 4) != 0;
          seen.draining = (flags & 8) != 0;
          seen.shortQueue = (flags & 16) != 0;
          for (int times = 0; times < 3; ++times) {
            event(probes_, seen);
            const auto rates = due();
            EXPECT_LE(rates.size(), 2u);
            for (const uint64_t rate : rates) EXPECT_LE(rate, most);
            probes_.update(seen);
            EXPECT_LE(due().size(), 2u);
          }
          if (!seen.mayProbe && probes_.state() == State::kSettled) {
            now_ += Duration::seconds(60);
            seen.now = now_;
            probes_.update(seen);
            EXPECT_TRUE(due().empty());
          }
        }
      }
    }
  }
}

class ProbeEstimatorTest : public ::testing::Test {
 protected:
  ProbeEstimatorTest() {
    cluster_.id = 1;
    cluster_.rate = 2'000'000;
    estimator_.onCluster(cluster_);
  }
  /// Packets of 1,000 bytes; the last result.
  std::optional<ProbeEstimator::Result> send(int count, Duration sentApart, Duration receivedApart, uint32_t id = 1) {
    std::optional<ProbeEstimator::Result> out;
    for (int i = 0; i < count; ++i) {
      PacketResult result;
      result.sent.probeCluster = id;
      result.sent.size = 1000;
      result.sent.sentAt = kStart + sentApart * i;
      result.receivedAt = kStart + Duration::millis(50) + receivedApart * i;
      out = estimator_.onPacket(result);
    }
    return out;
  }
  ProbeCluster cluster_;
  ProbeEstimator estimator_;
};

TEST_F(ProbeEstimatorTest, SaysTheRateThatCame) {
  const auto result = send(8, Duration::millis(4), Duration::millis(4));
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->rate, 2'000'000, 1);
  EXPECT_FALSE(result->saturated);
}

TEST_F(ProbeEstimatorTest, TakesALittleLessOfALineThatIsFull) {
  const auto result = send(8, Duration::millis(4), Duration::millis(8));
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->rate, 0.95 * 1'000'000, 1);
  EXPECT_TRUE(result->saturated);
}

TEST_F(ProbeEstimatorTest, RefusesWhatIsTooLittleOrMakesNoSense) {
  EXPECT_FALSE(send(3, Duration::millis(4), Duration::millis(4)));
  estimator_.onCluster(cluster_);
  EXPECT_FALSE(send(8, Duration::millis(4), Duration::millis(1)));  // four times as fast as sent
  estimator_.onCluster(cluster_);
  EXPECT_FALSE(send(8, Duration::zero(), Duration::millis(1)));
  estimator_.onCluster(cluster_);
  EXPECT_FALSE(send(8, Duration::millis(4), Duration::zero()));
  estimator_.onCluster(cluster_);
  EXPECT_FALSE(send(8, Duration::seconds(1), Duration::seconds(1)));
  EXPECT_FALSE(send(8, Duration::millis(4), Duration::millis(4), 9));  // a cluster that is not known any more
  EXPECT_FALSE(send(8, Duration::millis(4), Duration::millis(4), 0));
}

TEST_F(ProbeEstimatorTest, JitterOfTheFirstAndTheLastPacketIsNotTheLinesRate) {
  std::optional<ProbeEstimator::Result> out;
  for (int i = 0; i < 8; ++i) {
    PacketResult result;
    result.sent.probeCluster = 1;
    result.sent.size = 1000;
    result.sent.sentAt = kStart + Duration::millis(4) * i;
    result.receivedAt = result.sent.sentAt + Duration::millis(i == 0 ? 50 : i == 7 ? 58 : 54);
    out = estimator_.onPacket(result);
  }
  // 28 ms were sent, and the ends lie 36 ms apart: as a span that were 0.78 of what was sent, and 0.95 of that.
  ASSERT_TRUE(out);
  EXPECT_GT(out->rate, 1'600'000);
}

TEST(BurstDetector, BelievesSomeJumpsInARowThatPass) {
  BurstDetector bursts;
  TimePoint now = kStart;
  const auto report = [&](int queueMs) {
    now += Duration::millis(100);
    bursts.onReport(now, Duration::millis(queueMs), queueMs <= 12);
    return bursts.bursty();
  };
  const auto burst = [&] {
    for (const int queue : {5, 60, 90, 40}) report(queue);
    return report(5);
  };
  EXPECT_FALSE(burst());
  EXPECT_FALSE(burst());
  EXPECT_TRUE(burst());
  // One is forgotten in 4 s, if nothing comes.
  for (int i = 0; i < 90; ++i) report(5);
  EXPECT_FALSE(bursts.bursty());
}

TEST(BurstDetector, AQueueThatGrowsSlowlyOrStaysIsNoBurst) {
  BurstDetector bursts;
  TimePoint now = kStart;
  const auto report = [&](int queueMs, Duration apart = Duration::millis(100)) {
    now += apart;
    bursts.onReport(now, Duration::millis(queueMs), queueMs <= 12);
    return bursts.bursty();
  };
  for (int round = 0; round < 20; ++round) {
    for (const int queue : {5, 30, 60, 90, 60, 30}) EXPECT_FALSE(report(queue));  // a rate that is too high
    for (const int queue : {5, 80, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 60}) EXPECT_FALSE(report(queue));
    for (const int queue : {5, 300, 290, 100, 40}) EXPECT_FALSE(report(queue));  // the line's rate has fallen
    for (const int queue : {5, 80, 5}) EXPECT_FALSE(report(queue, Duration::millis(300)));
  }
}

TEST(AlrDetector, IsLimitedWhereLittleOfTheEstimateIsSent) {
  AlrDetector alr;
  TimePoint now = kStart;
  alr.setEstimate(now, 1'000'000);
  const auto send = [&](double share, int ms) {
    for (int i = 0; i < ms; i += 10) {
      now += Duration::millis(10);
      alr.onSent(now, static_cast<size_t>(share * 1'000'000 / 800));
    }
  };
  send(1.0, 2000);
  EXPECT_FALSE(alr.limited());
  send(0.3, 3000);
  EXPECT_TRUE(alr.limited());
  send(0.9, 2000);
  EXPECT_FALSE(alr.limited());
  EXPECT_FALSE(alr.stoppedAt().isNever());
  now += Duration::seconds(3600);
  alr.settle(now);
  EXPECT_TRUE(alr.limited());
}

}  // namespace
}  // namespace tincan::inline v0::rtp

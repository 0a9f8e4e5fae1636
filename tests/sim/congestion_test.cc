// Calls of two PeerConnections over lines of all kinds: what the encoders make follows what the line carries.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/sim/line_call.h"

namespace tincan::inline v0::sim {
namespace {

TEST(CongestionInCalls, ALineOfHalfAMegabitShowsAllPictures) {
  LineCall call({.line = 500'000});
  const auto start = call.watch(Duration::seconds(5));
  print("500k start", start, call);
  const auto watched = call.watch(Duration::seconds(15));
  print("500k", watched, call);
  EXPECT_GE(start.framesPerSecond, 24);
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_LE(watched.longestFreeze, Duration::millis(400));
  EXPECT_GE(watched.rate, 300'000);
  EXPECT_LE(watched.queueDrops, 5u);
  EXPECT_EQ(call.sent().qualityLimitationReason, "bandwidth");
  EXPECT_GT(call.sent().qualityLimitationDurations["bandwidth"], 10);
}

TEST(CongestionInCalls, ALineOfAMegabitIsUsed) {
  LineCall call({.line = 1'000'000});
  call.watch(Duration::seconds(5));
  const auto watched = call.watch(Duration::seconds(15));
  print("1M", watched, call);
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_GE(watched.rate, 700'000);
  EXPECT_LE(watched.longestFreeze, Duration::millis(300));
}

TEST(CongestionInCalls, AFastLineIsFoundInTwoSecondsAndFilledNoFurtherThanWanted) {
  LineCall call({.line = 5'000'000});
  call.watch(Duration::seconds(2));
  EXPECT_GE(call.sent().targetBitrate, 2'000'000u);
  const auto watched = call.watch(Duration::seconds(10));
  print("5M", watched, call);
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_LE(watched.longestFreeze, Duration::millis(150));
  EXPECT_LE(watched.rate, 3'000'000);
  EXPECT_EQ(watched.queueDrops, 0u);
  EXPECT_EQ(call.sent().qualityLimitationReason, "none");
}

TEST(CongestionInCalls, FollowsAStepDownAndUp) {
  LineCall call({.line = 3'000'000});
  call.watch(Duration::seconds(8));
  call.setLine(600'000);
  const auto drop = call.watch(Duration::seconds(5));
  print("3M to 0.6M", drop, call);
  const auto low = call.watch(Duration::seconds(10));
  print("0.6M", low, call);
  EXPECT_GE(low.framesPerSecond, 28);
  EXPECT_LE(drop.longestFreeze, Duration::millis(1500));
  call.setLine(3'000'000);
  call.watch(Duration::seconds(10));
  EXPECT_GE(call.sent().targetBitrate, 1'800'000u);
}

TEST(CongestionInCalls, RandomLossIsNotTakenForAFullLine) {
  LineCall call({.line = 2'000'000, .loss = 0.05});
  call.watch(Duration::seconds(5));
  const auto watched = call.watch(Duration::seconds(15));
  print("2M, 5 %", watched, call);
  EXPECT_GE(watched.framesPerSecond, 25);
  EXPECT_GE(watched.rate, 900'000);
}

TEST(CongestionInCalls, ALargePictureIsMadeSmallerWhereTheRateIsTooLow) {
  LineCall call({.line = 300'000, .width = 1280, .height = 720});
  call.watch(Duration::seconds(10));
  const auto watched = call.watch(Duration::seconds(10));
  print("300k, 720p", watched, call);
  const auto sent = call.sent();
  EXPECT_LT(sent.frameWidth, 800u);
  EXPECT_EQ(sent.frameWidth * 9, sent.frameHeight * 16);
  EXPECT_GE(watched.framesPerSecond, 25);
  EXPECT_EQ(sent.qualityLimitationReason, "bandwidth");
}

TEST(CongestionInCalls, WhatIsKeptIsWhatTheSenderPrefers) {
  for (const auto preference :
       {stack::RTCDegradationPreference::kMaintainResolution, stack::RTCDegradationPreference::kBalanced}) {
    LineCall call({.line = 270'000});
    const auto sender = call.a.pc->getSenders().back();
    auto parameters = sender->getParameters();
    parameters.degradationPreference = preference;
    ASSERT_TRUE(sender->setParameters(parameters).ok());
    EXPECT_EQ(sender->getParameters().degradationPreference, preference);
    call.watch(Duration::seconds(8));
    const auto watched = call.watch(Duration::seconds(4));
    print("preferring", watched, call);
    EXPECT_LT(watched.framesPerSecond, 27);
    EXPECT_GE(watched.framesPerSecond, 7);
    const bool keeps = preference == stack::RTCDegradationPreference::kMaintainResolution;
    EXPECT_EQ(call.sent().frameWidth == 640u, keeps);
    EXPECT_EQ(call.sent().qualityLimitationReason, "bandwidth");
    call.setLine(3'000'000);
    call.watch(Duration::seconds(18));
    EXPECT_EQ(call.sent().frameWidth, 640u);
    EXPECT_GE(call.watch(Duration::seconds(2)).framesPerSecond, 29) << "and comes back";
  }
}

// Nobody says how much: as much as the size is worth, and no more.
TEST(CongestionInCalls, WhatIsMadeAtMostFollowsTheSize) {
  LineCall large({.line = 10'000'000, .videoBitrate = 0, .width = 1280, .height = 720});
  large.watch(Duration::seconds(12));
  EXPECT_EQ(large.sent().targetBitrate, 2'500'000u);
  EXPECT_EQ(large.sent().qualityLimitationReason, "none");
  LineCall small({.line = 10'000'000, .videoBitrate = 0, .width = 320, .height = 240});
  small.watch(Duration::seconds(4));
  EXPECT_EQ(small.sent().targetBitrate, 600'000u);
}

TEST(CongestionInCalls, KeepsToTheLimitsThatAreConfigured) {
  LineCall call({.line = 5'000'000, .congestion = {.startBitrate = 500'000, .maxBitrate = 700'000}});
  EXPECT_LE(call.sent().targetBitrate, 700'000u);
  const auto watched = call.watch(Duration::seconds(6));
  print("700k most", watched, call);
  EXPECT_EQ(call.estimate(), 700'000);
  LineCall fixed(
      {.line = 5'000'000,
       .congestion = {.controller = stack::CongestionSettings::Controller::kFixed, .startBitrate = 900'000}});
  fixed.watch(Duration::seconds(3));
  EXPECT_EQ(fixed.estimate(), 900'000);
}

// Of two cameras: what one of them may not take is the other's.
TEST(CongestionInCalls, WhatParametersKeepOneFromIsForTheOthers) {
  // Of the last three seconds: a rate that looks for what the line carries is somewhere between at each moment.
  std::vector<double> capped, hardly, off;
  for (uint64_t seed = 5; seed < 8; ++seed) {
    LineCall call({.line = 1'000'000, .cameras = 2}, seed);
    const auto senders = call.a.pc->getSenders();
    double mean = 0;  // of the first camera
    const auto set = [&](const auto& change) {
      auto parameters = senders.back()->getParameters();
      change(parameters.encodings.front());
      ASSERT_TRUE(senders.back()->setParameters(parameters).ok());
      call.watch(Duration::seconds(2));
      mean = 0;
      for (int i = 0; i < 30; ++i) {
        call.watch(Duration::millis(100));
        mean += call.targets()[0] / 30.0;
      }
    };
    call.watch(Duration::seconds(8));
    const auto before = call.targets();
    ASSERT_EQ(before.size(), 2u);
    EXPECT_NEAR(before[0], before[1], 1000);
    EXPECT_LT(before[0], 500'000u);
    set([](auto& encoding) { encoding.maxBitrate = 100'000; });
    capped.push_back(mean);
    set([](auto& encoding) { encoding.maxBitrate = 20'000; });  // less than is ever taken of a picture
    hardly.push_back(mean);
    EXPECT_LE(call.targets()[1], 20'000u);
    set([](auto& encoding) { encoding.maxBitrate.reset(); });
    EXPECT_NEAR(call.targets()[0], call.targets()[1], 1000);
    set([](auto& encoding) { encoding.active = false; });
    off.push_back(mean);
    set([](auto& encoding) {
      encoding.active = true;
      encoding.priority = stack::RTCPriorityType::kHigh;
    });
    EXPECT_GT(call.targets()[1], 2 * call.targets()[0]);
  }
  const auto median = [](std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  std::printf("beside a camera of 100 kb/s %.0f, of 20 %.0f, and one that is off %.0f\n", median(capped),
              median(hardly), median(off));
  EXPECT_GE(median(capped), 600'000);
  EXPECT_GE(median(hardly), 650'000);
  EXPECT_GE(median(off), 650'000);
}

/// The application's own: as it wants.
class Stubborn final : public rtp::RateController {
 public:
  explicit Stubborn(int& reports) : reports_(reports) {}
  void onSent(const rtp::SentPacket&) override {}
  void onFeedback(const rtp::FeedbackReport&) override { ++reports_; }
  void onRoundTripTime(TimePoint, Duration) override {}
  void onLossReport(TimePoint, double) override {}
  void onRemb(TimePoint, uint64_t) override {}
  void onRouteChange(TimePoint) override {}
  void setLimits(TimePoint, const rtp::RateLimits&, uint64_t) override {}
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  rtp::RateTarget target() const override {
    rtp::RateTarget out;
    out.estimate = out.bitrate = 444'000;
    out.pacingRate = 1'000'000;
    return out;
  }
  bool pollProbe(rtp::ProbeCluster&) override { return false; }

 private:
  int& reports_;
};

TEST(CongestionInCalls, TakesTheApplicationsOwnController) {
  int reports = 0;
  stack::CongestionSettings own;
  own.make = [&](const rtp::RateLimits&) { return std::make_unique<Stubborn>(reports); };
  LineCall call({.line = 5'000'000, .congestion = own});
  call.watch(Duration::seconds(2));
  EXPECT_EQ(call.estimate(), 444'000);
  EXPECT_GT(reports, 10);
}

TEST(CongestionInCalls, TheSameSeedGivesTheSameCall) {
  const auto run = [] {
    LineCall call({.line = 800'000, .loss = 0.01});
    call.watch(Duration::seconds(6));
    return std::tuple(call.sent().bytesSent, call.estimate(), call.seen().framesDecoded);
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace tincan::inline v0::sim

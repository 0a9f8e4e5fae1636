// The feedback that tells of the first probes, lost.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/rtp/congestion/cases.h"
#include "tests/rtp/congestion/media_flow.h"

namespace tincan::inline v0::rtp::line {
namespace {

/// When a flow over 5 Mb/s has an estimate of 2 Mb/s. `lost`: which feedback never comes; -1: all come.
double secondsTo2Mbps(int lost) {
  Events events;
  Bottleneck line(events, {.rate = 5e6}, 1);
  MediaFlow::Config config;
  config.lostFeedback = lost;
  MediaFlow flow(events, config, {&line, nullptr, {Duration::millis(20)}}, delayLoss());
  const TimePoint began = events.now();
  flow.startAt(began);
  events.runUntil(began + Duration::seconds(10));
  for (const MediaFlow::Rate& rate : flow.rates()) {
    if (rate.target.estimate >= 2'000'000) return (rate.at - began).toSeconds();
  }
  return 10;
}

TEST(FirstFeedback, WhicheverIsLostCostsNoMoreThanItsInterval) {
  const double whole = secondsTo2Mbps(-1);
  EXPECT_LE(whole, 0.5);
  for (int lost = 0; lost < 8; ++lost) {
    const double without = secondsTo2Mbps(lost);
    std::printf("2 Mb/s after %.2f s, without feedback %d %.2f s\n", whole, lost, without);
    EXPECT_LE(without, whole + 0.15) << lost;
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp::line

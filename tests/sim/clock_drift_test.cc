// Calls whose ends have clocks of their own, 300 ppm apart: each end hears and sees the other for two minutes, in which one
// clock gains 36 ms on the other.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/held_call.h"
#include "tests/sim/skews.h"

namespace tincan::inline v0::sim {
namespace {

constexpr int kPpm = 300;

/// What one end hears and sees of the other.
struct Heard {
  Heard(HeldCall& call, Peer& inListener, const Host& sender, int ppm)
      : listener(inListener), departures(sender, ppm), skews(call.world, listener, departures) {}

  Peer& listener;
  Departures departures;
  Skews skews;
  HeldCall::Received before{};
  double mostHeld = 0, concealed = 0, fewestFrames = 1000;  // of windows of ten seconds
  double worstApart = 0, sumApart = 0, pictures = 0;        // of seconds; ms
  double longest = 0;                                       // from the sender's hands to the ear, ms

  void second() {
    double sum = 0;
    for (const double skew : skews.all) sum += skew;
    const auto count = static_cast<double>(skews.all.size());
    if (count > 0) worstApart = std::max(worstApart, std::abs(sum / count));
    sumApart += sum;
    pictures += count;
    skews.all.clear();
    longest = std::max(longest, skews.sound);
  }
  void window(Duration time) {
    const auto after = HeldCall::received(listener);
    const auto held = HeldCall::between(before, after, time);
    before = after;
    mostHeld = std::max(mostHeld, held.sound);
    concealed += held.concealed / 11;
    fewestFrames = std::min(fewestFrames, held.framesPerSecond);
  }
};

class ClockDriftCall : public ::testing::TestWithParam<double> {};

TEST_P(ClockDriftCall, TwoMinutesOfItStayInStepAndHoldNoMoreThanTheLineAsksFor) {
  const double loss = GetParam();
  HeldCall call({.seed = 11, .width = 160, .height = 120, .ppm = kPpm});
  Heard atA(call, call.a, call.hostB, 0), atB(call, call.b, call.hostA, kPpm);
  call.world.onPacket([&](const TracedPacket& packet) {
    atA.departures.note(packet);
    atB.departures.note(packet);
  });
  call.setLoss(loss);
  for (int second = 0; second < 120; ++second) {
    if (second == 10) {
      for (Heard* each : {&atA, &atB}) each->before = HeldCall::received(each->listener);
    }
    call.world.runFor(Duration::seconds(1));
    for (Heard* each : {&atA, &atB}) {
      if (second < 10) each->skews.all.clear();
      if (second >= 10) each->second();
      if (second >= 10 && second % 10 == 9) each->window(Duration::seconds(10));
    }
  }
  for (const Heard* each : {&atA, &atB}) {
    std::printf(
        "%2.0f %% lost, the sender's clock %s: sound held %.1f ms at most, %.2f %% made up, %.1f pictures/s at least; "
        "apart "
        "%.1f ms in the mean, %.1f in the worst second; sound %.1f ms old at most\n",
        100 * loss, each == &atB ? "fast" : "slow", each->mostHeld, each->concealed, each->fewestFrames,
        each->sumApart / each->pictures, each->worstApart, each->longest);
    EXPECT_LE(each->mostHeld, loss > 0 ? 70 : 55);
    EXPECT_LE(each->concealed, loss > 0 ? 3 : 0.1);
    EXPECT_GE(each->fewestFrames, loss > 0 ? 27 : 29.5);
    EXPECT_LE(std::abs(each->sumApart / each->pictures), loss > 0 ? 30 : 20);
    EXPECT_LE(each->worstApart, loss > 0 ? 50 : 20);
    EXPECT_LE(each->longest, 120);
  }
}

INSTANTIATE_TEST_SUITE_P(Lines, ClockDriftCall, ::testing::Values(0, 0.1));

}  // namespace
}  // namespace tincan::inline v0::sim

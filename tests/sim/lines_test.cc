// Calls over the lines of the interop table (tests/interop/lines), in virtual time: what is seen, as one table.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/sim/line_call.h"

namespace tincan::inline v0::sim {
namespace {

struct Row {
  const char* name;
  LineCall::Setup setup;
  Duration oneWay = Duration::millis(25);
  // What it is held to, from 5 s on.
  double framesPerSecond = 29;
  Duration freeze = Duration::millis(150);
  double seconds = 3;  // to full quality: the source's size, and all the rate that is wanted, or 0.7 of the line
  uint32_t width = 640;
};

/// When it has been of full quality for half a second; `most`, if never.
double toFullQuality(LineCall& call, const Row& row, double most) {
  const double wanted = std::min<double>(row.setup.videoBitrate, 0.7 * static_cast<double>(row.setup.line));
  const TimePoint began = call.world.now();
  TimePoint since = TimePoint::never();
  while ((call.world.now() - began).toSeconds() < most) {
    call.world.runFor(Duration::millis(100));
    const auto sent = call.sent();
    const bool full = sent.frameWidth >= row.width && static_cast<double>(sent.targetBitrate) >= wanted;
    since = full ? std::min(since, call.world.now()) : TimePoint::never();
    if (full && call.world.now() - since >= Duration::millis(500)) return (since - began).toSeconds();
  }
  return most;
}

class CallsOverLines : public ::testing::TestWithParam<Row> {};

TEST_P(CallsOverLines, ShowAsMuchAsTheLineCarries) {
  const Row& row = GetParam();
  LineCall call(row.setup);
  call.hostA.up.config.delay = row.oneWay;
  call.hostA.down.config.delay = row.oneWay - Duration::millis(row.oneWay > Duration::millis(25) ? 0 : 25);
  const double seconds = toFullQuality(call, row, 10);
  if (seconds < 5) call.watch(Duration::micros(static_cast<int64_t>((5 - seconds) * 1e6)));
  const auto watched = call.watch(Duration::seconds(8));
  const auto sent = call.sent();
  std::printf("%-12s %5.1f frames/s, freeze %4lld ms, %4ux%-4u full quality after %4.1f s, %6.0f kb/s of pictures\n",
              row.name, watched.framesPerSecond, static_cast<long long>(watched.longestFreeze.millis()),
              *sent.frameWidth, *sent.frameHeight, seconds, watched.rate / 1000);
  EXPECT_GE(watched.framesPerSecond, row.framesPerSecond);
  EXPECT_LE(watched.longestFreeze, row.freeze);
  EXPECT_LE(seconds, row.seconds);
  EXPECT_GE(*sent.frameWidth, row.width);
}

const Row kRows[] = {
    {.name = "300 kb/s", .setup = {.line = 300'000}, .seconds = 5, .width = 320},
    {.name = "1 Mb/s", .setup = {.line = 1'000'000}},
    {.name = "5 Mb/s", .setup = {.line = 5'000'000}},
    {.name = "20 Mb/s, HD", .setup = {.line = 20'000'000, .width = 1280, .height = 720}, .seconds = 3, .width = 1280},
    {.name = "2 % lost", .setup = {.line = 5'000'000, .loss = 0.02}, .freeze = Duration::millis(250)},
    {.name = "10 % lost",
     .setup = {.line = 5'000'000, .loss = 0.1},
     .framesPerSecond = 24,
     .freeze = Duration::millis(500),
     .seconds = 5},
    {.name = "200 ms RTT",
     .setup = {.line = 2'000'000},
     .oneWay = Duration::millis(100),
     .freeze = Duration::millis(250),
     .seconds = 4},
};
INSTANTIATE_TEST_SUITE_P(Lines, CallsOverLines, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return "Row" + std::to_string(row.index); });

// 2 Mb/s, 0.5 from 8 s on, 2 again from 14 s on.
TEST(CallOverAChangingLine, FollowsDownAndUp) {
  LineCall call({.line = 2'000'000});
  call.watch(Duration::seconds(8));
  call.setLine(500'000);
  const auto down = call.watch(Duration::seconds(6));
  print("down", down, call);
  call.setLine(2'000'000);
  const TimePoint began = call.world.now();
  EXPECT_TRUE(call.world.runUntil([&] { return call.sent().targetBitrate >= 1'200'000; }, Duration::seconds(8)));
  const double rate = (call.world.now() - began).toSeconds();
  EXPECT_TRUE(call.world.runUntil([&] { return call.sent().frameWidth == 640u; }, Duration::seconds(8)));
  std::printf("up: 1.2 Mb/s after %.1f s, 640 wide after %.1f s\n", rate, (call.world.now() - began).toSeconds());
  EXPECT_GE(down.framesPerSecond, 15);
  EXPECT_LE(down.longestFreeze, Duration::millis(1500));
}

/// How long until what waits in the line's queue is less than 100 ms, and stays so for a second; and how long the
/// pictures stood.
struct Fall {
  double queued = 0;
  Duration freeze;
  uint64_t lost = 0;
};

Fall fallTo(LineCall& call, int64_t rate) {
  Fall out;
  call.setLine(rate);
  uint64_t frames = call.seen().framesDecoded;
  const TimePoint began = call.world.now();
  TimePoint shown = began;
  for (int step = 0; step < 250; ++step) {
    call.hostA.up.forgetStats();
    call.world.runFor(Duration::millis(20));
    const TimePoint now = call.world.now();
    const auto& line = call.hostA.up.stats();
    out.lost += line.queueDrops;
    bool late = false;
    for (size_t wait = 100; wait < line.waits.size(); ++wait) late |= line.waits[wait] > 0;
    const double since = (now - began).toSeconds();
    if (late && (out.queued == 0 || since - out.queued < 1)) out.queued = since;
    const uint64_t seen = call.seen().framesDecoded;
    if (seen == frames) continue;
    frames = seen;
    out.freeze = std::max(out.freeze, now - shown);
    shown = now;
  }
  out.freeze = std::max(out.freeze, call.world.now() - shown);
  return out;
}

// 3 Mb/s, and a fifth of it from one moment to the next: 100 ms later the queue is full, and what is lost in it is more
// than could be repaired.
TEST(CallOverAChangingLine, AFallToAFifthIsOverSoon) {
  Fall worst;
  for (uint64_t seed = 5; seed < 10; ++seed) {
    LineCall call({.line = 3'000'000}, seed);
    call.watch(Duration::seconds(8));
    const uint64_t keyFrames = call.sent().keyFramesEncoded;
    const Fall fall = fallTo(call, 600'000);
    std::printf("seed %d: queue over 100 ms for %.2f s, %lld ms frozen, %llu lost, %llu key frames, estimate %.0f\n",
                static_cast<int>(seed), fall.queued, static_cast<long long>(fall.freeze.millis()),
                static_cast<unsigned long long>(fall.lost),
                static_cast<unsigned long long>(call.sent().keyFramesEncoded - keyFrames), call.estimate());
    worst.queued = std::max(worst.queued, fall.queued);
    worst.freeze = std::max(worst.freeze, fall.freeze);
    EXPECT_LE(call.sent().keyFramesEncoded - keyFrames, 4u);
    EXPECT_GE(call.estimate(), 300'000);
  }
  EXPECT_LE(worst.queued, 1.2);
  EXPECT_LE(worst.freeze, Duration::millis(420));
}

/// When the estimate is there for the first time, and when the pictures have the source's size; of the median call.
struct Rise {
  double rate = 15, size = 15;
};

Rise medianRise(int64_t lineBefore, Duration before) {
  std::vector<double> rates, sizes;
  for (uint64_t seed = 5; seed < 10; ++seed) {
    LineCall call({.line = lineBefore}, seed);
    call.watch(before);
    call.setLine(3'000'000);
    Rise rise;
    const TimePoint began = call.world.now();
    for (double since = 0; since < 15 && (rise.rate == 15 || rise.size == 15);) {
      call.world.runFor(Duration::millis(50));
      since = (call.world.now() - began).toSeconds();
      if (call.estimate() >= 2'700'000) rise.rate = std::min(rise.rate, since);
      if (call.sent().frameWidth == 640u) rise.size = std::min(rise.size, since);
    }
    std::printf("seed %d: 2.7 Mb/s after %.2f s, 640 wide after %.2f s\n", static_cast<int>(seed), rise.rate,
                rise.size);
    rates.push_back(rise.rate);
    sizes.push_back(rise.size);
  }
  std::sort(rates.begin(), rates.end());
  std::sort(sizes.begin(), sizes.end());
  return {rates[2], sizes[2]};
}

TEST(CallOverAChangingLine, ThreeMegabitsAreFoundAtOnce) {
  EXPECT_LE(medianRise(3'000'000, Duration::zero()).rate, 2);
}

// From 300 kb/s to 3 Mb/s after ten seconds: a probe comes each 3 to 4 s where nothing queues, and the size follows soon.
TEST(CallOverAChangingLine, FullQualityIsBackSoonAfterALineWasNarrow) {
  const Rise rise = medianRise(300'000, Duration::seconds(10));
  EXPECT_LE(rise.rate, 4);
  EXPECT_LE(rise.size, rise.rate + 1.5);
}

}  // namespace
}  // namespace tincan::inline v0::sim

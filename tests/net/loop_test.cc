#include "net/loop.h"

#include <csignal>
#include <ctime>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/os_random.h"
#include "net/signals.h"
#include "net/timer.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

TEST(Loop, RunsPostedFunctionsInOrderUntilStopped) {
  Loop loop;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) loop.post([&, i] { order.push_back(i); });
  loop.post([&] { loop.stop(); });
  loop.post([&] { order.push_back(99); });
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(order.back(), 99) << "what a stop leaves behind runs next time";
}

TEST(Loop, StopBeforeRunEndsThatRunOnly) {
  Loop loop;
  bool ran = false;
  loop.stop();
  loop.post([&] { ran = true; });
  loop.run();
  EXPECT_FALSE(ran);
  EXPECT_TRUE(loop.runUntil([&] { return ran; }, kPatience));
}

TEST(Loop, OtherThreadsPostAndStop) {
  Loop loop;
  int count = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&] { ++count; });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  EXPECT_EQ(count, 1000);
}

TEST(Loop, RunUntilGivesUp) {
  Loop loop;
  EXPECT_FALSE(loop.runUntil([] { return false; }, Duration::millis(5)));
  EXPECT_TRUE(loop.runUntil([] { return true; }, Duration::zero()));
}

TEST(Loop, PollRunsWhatIsReadyAndReturns) {
  Loop loop;
  EXPECT_EQ(loop.poll(), 0u) << "nothing is ready, and it does not wait";
  std::vector<int> order;
  loop.post([&] {
    order.push_back(1);
    loop.post([&] { order.push_back(3); });
  });
  loop.post([&] { order.push_back(2); });
  EXPECT_EQ(loop.poll(), 3u);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(loop.poll(), 0u);
}

TEST(Loop, PollIsNotHeldByHandlersThatNeverEnd) {
  Loop loop;
  size_t turns = 0;
  std::function<void()> again = [&] {
    ++turns;
    loop.post(again);
  };
  loop.post(again);
  EXPECT_EQ(loop.poll(), Loop::kMostAtOnce);
  EXPECT_EQ(loop.poll(kPatience), Loop::kMostAtOnce);
  EXPECT_EQ(turns, 2 * Loop::kMostAtOnce);
}

TEST(Loop, PollWaitsForTheFirstHandlerAsLongAsItMay) {
  Loop loop;
  bool fired = false;
  Timer timer(loop);
  const TimePoint start = loop.now();
  timer.start(Duration::millis(20), [&] { fired = true; });
  EXPECT_EQ(loop.poll(), 0u);
  EXPECT_FALSE(fired);
  EXPECT_EQ(loop.poll(kPatience), 1u);
  EXPECT_TRUE(fired);
  EXPECT_GE(loop.now() - start, Duration::millis(20));
  EXPECT_EQ(loop.poll(Duration::millis(5)), 0u) << "gives up";
  std::thread other([&] { loop.post([&] { fired = false; }); });
  EXPECT_EQ(loop.poll(kPatience), 1u) << "a post from another thread wakes it";
  other.join();
  EXPECT_FALSE(fired);
}

TEST(Loop, StopEndsThePollThatGoesOnOrTheNext) {
  Loop loop;
  bool ran = false;
  loop.post([&] { loop.stop(); });
  loop.post([&] { ran = true; });
  EXPECT_EQ(loop.poll(), 1u);
  EXPECT_FALSE(ran);
  EXPECT_EQ(loop.poll(), 1u) << "what a stop leaves behind runs next time";
  EXPECT_TRUE(ran);
  loop.stop();
  loop.post([&] { ran = false; });
  EXPECT_EQ(loop.poll(kPatience), 0u);
  EXPECT_TRUE(ran);
  EXPECT_EQ(loop.poll(), 1u);
}

TEST(Loop, ClocksAreWhatTheySay) {
  Loop loop;
  const TimePoint first = loop.now();
  EXPECT_LE(first, loop.now());
  EXPECT_NEAR(static_cast<double>(loop.wallTime().toUnixMicros()), static_cast<double>(std::time(nullptr)) * 1e6, 5e6);
}

TEST(Timer, FireInTheOrderOfTheirDeadlines) {
  Loop loop;
  std::vector<int> order;
  Timer late(loop), soon(loop), never(loop), cancelled(loop);
  const TimePoint now = loop.now();
  late.start(now + Duration::millis(6), [&] { order.push_back(2); });
  soon.start(now + Duration::millis(2), [&] { order.push_back(1); });
  never.start(TimePoint::never(), [&] { order.push_back(3); });
  cancelled.start(now + Duration::millis(1), [&] { order.push_back(4); });
  cancelled.cancel();
  EXPECT_FALSE(cancelled.running());
  ASSERT_TRUE(loop.runUntil([&] { return order.size() == 2; }, kPatience));
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_GE(loop.now(), now + Duration::millis(6));
  EXPECT_FALSE(late.running());
}

TEST(Timer, StartedAgainItFiresOnceAtTheNewDeadline) {
  Loop loop;
  int fired = 0;
  Timer timer(loop);
  timer.start(Duration::zero(), [&] { fired += 100; });
  timer.start(Duration::millis(1), [&] { fired += 1; });
  ASSERT_TRUE(loop.runUntil([&] { return fired > 0; }, kPatience));
  EXPECT_FALSE(loop.runUntil([] { return false; }, Duration::millis(3)));
  EXPECT_EQ(fired, 1);
}

TEST(Timer, ACallbackMayRestartOrDestroyIt) {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  int fired = 0;
  std::function<void()> callback = [&] {
    if (++fired < 3) {
      timer->start(Duration::zero(), callback);
    } else {
      timer.reset();
    }
  };
  timer->start(Duration::zero(), callback);
  ASSERT_TRUE(loop.runUntil([&] { return !timer; }, kPatience));
  EXPECT_EQ(fired, 3);
}

TEST(Signals, ArriveOnTheLoop) {
  Loop loop;
  std::vector<int> got;
  auto signals = std::make_unique<Signals>(loop, [&](int signal) {
    got.push_back(signal);
    if (got.size() < 2) ::raise(SIGTERM);
  });
  ::raise(SIGINT);
  ASSERT_TRUE(loop.runUntil([&] { return got.size() == 2; }, kPatience));
  EXPECT_EQ(got, (std::vector<int>{SIGINT, SIGTERM}));
}

TEST(OsRandom, FillsAllOfItAndNeverTheSame) {
  OsRandom random;
  Bytes a(4096, 0), b(4096, 0);
  random.fill(a);
  random.fill(b);
  EXPECT_NE(a, b);
  // 4,096 bytes without one of the 256 values: once in 10^4 tries for each; without 20 of them: never.
  std::vector<bool> seen(256);
  for (const uint8_t byte : a) seen[byte] = true;
  EXPECT_GT(std::count(seen.begin(), seen.end(), true), 236);
  random.fill({});
}

}  // namespace
}  // namespace tincan::inline v0::net

#include "net/worker_pool.h"

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

TEST(WorkerPool, WorksElsewhereAndSaysSoHere) {
  Loop loop;
  WorkerPool pool(loop, 2);
  EXPECT_EQ(pool.threads(), 2u);
  const auto here = std::this_thread::get_id();
  std::vector<int> results(100);
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    pool.post(
        [&results, here, i] {
          EXPECT_NE(std::this_thread::get_id(), here);
          results[static_cast<size_t>(i)] = i * i;
        },
        [&, i] {
          EXPECT_EQ(std::this_thread::get_id(), here);
          EXPECT_EQ(results[static_cast<size_t>(i)], i * i) << "what the work has written is seen";
          ++done;
        });
  }
  EXPECT_TRUE(loop.runUntil([&] { return done == 100; }, kPatience));
}

TEST(WorkerPool, OneAfterTheOtherByWhoeverPosts) {
  Loop loop;
  WorkerPool pool(loop, 4);
  int steps = 0;  // no atomic: each work begins when the one before has told that it is done
  int seen = 0;
  std::function<void()> next = [&] {
    pool.post([&] { ++steps; },
              [&] {
                seen = steps;
                if (steps < 200) next();
              });
  };
  next();
  EXPECT_TRUE(loop.runUntil([&] { return seen == 200; }, kPatience));
}

TEST(WorkerPool, ShortWorksDoNotWaitBehindLongOnes) {
  Loop loop;
  WorkerPool pool(loop, 1);
  std::promise<void> release;
  bool longDone = false;
  int shorts = 0;
  pool.post([held = release.get_future().share()] { held.wait(); }, [&] { longDone = true; });
  for (int i = 0; i < 10; ++i) pool.postShort([] {}, [&] { ++shorts; });
  EXPECT_TRUE(loop.runUntil([&] { return shorts == 10; }, kPatience));
  EXPECT_FALSE(longDone);
  EXPECT_EQ(pool.threads(), 1u);
  release.set_value();
  EXPECT_TRUE(loop.runUntil([&] { return longDone; }, kPatience));
}

/// Opens when it dies.
struct Gate {
  ~Gate() { opened.set_value(); }
  std::promise<void> opened;
};

// Two works run until those that wait, and were to open the gate for them, are gone: so it ends in the midst of both.
TEST(WorkerPool, GoesWhileWorksRunAndWait) {
  for (int round = 0; round < 20; ++round) {
    Loop loop;
    std::atomic<int> begun = 0;
    const auto held = std::make_shared<int>(7);
    auto gate = std::make_shared<Gate>();
    const std::shared_future<void> open = gate->opened.get_future().share();
    {
      WorkerPool pool(loop, 2);
      for (int i = 0; i < 2; ++i)
        pool.post(
            [&begun, held, open] {
              ++begun;
              begun.notify_one();
              open.wait();
            },
            [held] {});
      for (int seen = begun; seen < 2; seen = begun) begun.wait(seen);
      for (int i = 0; i < 48; ++i) pool.post([&begun, held, gate] { ++begun; }, [held] {});
      gate.reset();
      loop.poll();
    }
    EXPECT_EQ(begun, 2);
    while (loop.poll() > 0) {
    }
    EXPECT_EQ(held.use_count(), 1) << "what waited is gone";
  }
}

TEST(WorkerPool, HasOneThreadAtLeastAndSoManyAtMost) {
  Loop loop;
  EXPECT_EQ(WorkerPool(loop, 0).threads(), 1u);
  EXPECT_EQ(WorkerPool(loop, 1000).threads(), WorkerPool::kMost);
  EXPECT_GE(WorkerPool::usual(), 1u);
}

}  // namespace
}  // namespace tincan::inline v0::net

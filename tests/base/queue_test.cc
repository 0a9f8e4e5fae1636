#include "base/queue.h"

#include <deque>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0 {
namespace {

// Whatever is done to it, a std::deque says the same.
TEST(Queue, DoesWhatADequeDoes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Queue<uint16_t> queue;
    std::deque<uint16_t> model;
    for (int step = 0; step < 5000; ++step) {
      const auto value = static_cast<uint16_t>(random.below(8));  // zero too: what was taken leaves no trace
      switch (random.below(12)) {
        case 0: queue.push_front(value), model.push_front(value); break;
        case 1: queue.erase(value), std::erase(model, value); break;
        case 2:
          queue.erase_if([&](uint16_t each) { return each > value; });
          std::erase_if(model, [&](uint16_t each) { return each > value; });
          break;
        case 3: queue.emplace_back(value), model.emplace_back(value); break;
        case 4:
          if (random.below(20) == 0) queue.clear(), model.clear();
          break;
        case 5:
        case 6:
        case 7:
        case 8:
          if (!model.empty()) queue.pop_front(), model.pop_front();
          break;
        default: queue.push_back(value), model.push_back(value); break;
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_EQ(queue.empty(), model.empty());
      ASSERT_TRUE(std::equal(queue.begin(), queue.end(), model.begin(), model.end()));
      if (!model.empty()) {
        ASSERT_EQ(queue.front(), model.front());
        ASSERT_EQ(queue.back(), model.back());
      }
    }
  }
}

TEST(Queue, WhatIsTakenIsReleasedAtOnce) {
  Queue<std::shared_ptr<int>> queue;
  const auto value = std::make_shared<int>(1);
  for (int i = 0; i < 4; ++i) queue.push_back(value);
  queue.pop_front();
  EXPECT_EQ(value.use_count(), 4);
  queue.clear();
  EXPECT_EQ(value.use_count(), 1);
}

// An element whose end puts another in, as an event's handler may.
TEST(Queue, AnEndMayPutAnotherIn) {
  struct Last {
    std::shared_ptr<void> atEnd{};
  };
  Queue<Last> queue;
  int ends = 0;
  const auto make = [&](auto& self, int depth) -> Last {
    return {std::shared_ptr<void>(static_cast<void*>(&ends), [&self, &queue, &ends, depth](void*) {
      ++ends;
      if (depth > 0) queue.push_back(self(self, depth - 1));
    })};
  };
  queue.push_back(make(make, 3));
  while (!queue.empty()) queue.pop_front();
  EXPECT_EQ(ends, 4);
}

}  // namespace
}  // namespace tincan::inline v0

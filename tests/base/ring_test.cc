#include "base/ring.h"

#include <deque>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0 {
namespace {

TEST(Ring, AgreesWithADeque) {
  SeededRandom random(1);
  Ring<int> ring;
  std::deque<int> model;
  for (int i = 0; i < 20'000; ++i) {
    // Fills to hundreds, drains, and goes around many times in between.
    const bool push = random.below(100) < (i / 2000 % 2 == 0 ? 60u : 40u);
    if (push) {
      ring.pushBack(i);
      model.push_back(i);
    } else if (!model.empty()) {
      int out = -1;
      ASSERT_TRUE(ring.take(out));
      ASSERT_EQ(out, model.front());
      model.pop_front();
    }
    ASSERT_EQ(ring.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(ring.front(), model.front());
    }
  }
  ring.clear();
  int out = 0;
  EXPECT_TRUE(ring.empty());
  EXPECT_FALSE(ring.take(out));
}

TEST(Ring, ReleasesWhatGoes) {
  Ring<std::shared_ptr<int>> ring;
  const auto one = std::make_shared<int>(1);
  for (int i = 0; i < 40; ++i) ring.pushBack(one);
  EXPECT_EQ(one.use_count(), 41);
  ring.popFront();
  EXPECT_EQ(one.use_count(), 40);
  ring.clear();
  EXPECT_EQ(one.use_count(), 1);
}

}  // namespace
}  // namespace tincan::inline v0

#include "net/spare_queues.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::net {
namespace {

TEST(SpareQueues, RoomGoesRoundAndNotWithoutABound) {
  SpareQueues spare;
  EXPECT_EQ(spare.take().capacity(), 0u);
  SpareQueues::Queue queue;
  queue.reserve(10);
  spare.give(std::move(queue));
  SpareQueues::Queue again = spare.take();
  EXPECT_GE(again.capacity(), 10u);
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(spare.take().capacity(), 0u) << "it was lent once";
  for (int i = 0; i < 100; ++i) {
    SpareQueues::Queue more;
    more.reserve(4);
    spare.give(std::move(more));
  }
  size_t kept = 0;
  while (spare.take().capacity() > 0) ++kept;
  EXPECT_EQ(kept, 8u);
}

}  // namespace
}  // namespace tincan::inline v0::net

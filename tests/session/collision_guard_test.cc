#include "session/collision_guard.h"

#include <set>

#include <gtest/gtest.h>

namespace tincan::inline v0::session {
namespace {

TEST(CollisionGuard, KnowsOurOwn) {
  SeededRandom random(1);
  CollisionGuard guard(random);
  guard.add(Ssrc(7));
  EXPECT_TRUE(guard.collides(Ssrc(7)));
  EXPECT_FALSE(guard.collides(Ssrc(8)));
  guard.remove(Ssrc(7));
  EXPECT_FALSE(guard.collides(Ssrc(7)));
}

// A source of randomness that gives what others have first.
class Scripted final : public RandomSource {
 public:
  explicit Scripted(std::vector<uint32_t> values) : values_(std::move(values)) {}
  void fill(MutableByteView out) override {
    const uint32_t value = at_ < values_.size() ? values_[at_++] : 1000;
    for (size_t i = 0; i < out.size(); ++i) out[i] = reinterpret_cast<const uint8_t*>(&value)[i % 4];
  }

 private:
  std::vector<uint32_t> values_;
  size_t at_ = 0;
};

TEST(CollisionGuard, TakesOneThatNobodyHas) {
  Scripted random({7, 8, 9});
  Scripted same({7, 8, 9});
  const Ssrc ours(same.u32()), theirs(same.u32()), free(same.u32());
  CollisionGuard guard(random);
  guard.add(ours);
  EXPECT_EQ(guard.unused([&](Ssrc ssrc) { return ssrc == theirs; }), free);
}

TEST(CollisionGuard, GivesWayABoundedNumberOfTimes) {
  SeededRandom random(1);
  CollisionGuard guard(random);
  for (uint64_t i = 0; i < CollisionGuard::kMaxCollisions; ++i) EXPECT_TRUE(guard.giveWay());
  EXPECT_FALSE(guard.giveWay());
  EXPECT_EQ(guard.collisions(), CollisionGuard::kMaxCollisions);
}

}  // namespace
}  // namespace tincan::inline v0::session

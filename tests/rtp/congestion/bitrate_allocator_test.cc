#include "rtp/congestion/bitrate_allocator.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr uint64_t k = 1000;

RateDemand sound(uint32_t id) {
  return {.id = id, .sound = true, .layers = {{6 * k, 32 * k, 32 * k}}};
}
RateDemand video(uint32_t id, double priority = 1) {
  return {.id = id, .priority = priority, .layers = {{100 * k, 1000 * k, 2000 * k}}};
}
/// The rates of 720p, 360p and 180p in libwebrtc's table for VP8.
RateDemand simulcast(uint32_t id) {
  return {.id = id, .layers = {{30 * k, 150 * k, 200 * k}, {150 * k, 500 * k, 700 * k}, {600 * k, 2500 * k, 2500 * k}}};
}
using Layers = std::vector<uint64_t>;

TEST(BitrateAllocator, GivesSoundFirstAndWhole) {
  BitrateAllocator allocator;
  const std::vector<RateDemand> demands = {video(1), sound(2)};
  auto shares = allocator.allocate(500 * k, demands);
  EXPECT_EQ(shares[0].total, 468 * k);
  EXPECT_EQ(shares[1].total, 32 * k);
  // Too little for both: sound has what there is, and never less than its least.
  shares = allocator.allocate(50 * k, demands);
  EXPECT_EQ(shares[0].total, 0u);
  EXPECT_EQ(shares[1].total, 32 * k);
  shares = allocator.allocate(0, demands);
  EXPECT_EQ(shares[1].total, 6 * k);
}

TEST(BitrateAllocator, SharesByWeightAndHandsOnWhatOneCannotUse) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands = {video(1, 1), video(2, 2)};
  auto shares = allocator.allocate(800 * k, demands);
  EXPECT_NEAR(static_cast<double>(shares[0].total), 300e3, 2);
  EXPECT_NEAR(static_cast<double>(shares[1].total), 500e3, 2);
  demands[1].layers[0].most = 300 * k;
  shares = allocator.allocate(800 * k, demands);
  EXPECT_NEAR(static_cast<double>(shares[0].total), 500e3, 2);
  EXPECT_EQ(shares[1].total, 300 * k);
  shares = allocator.allocate(100'000 * k, demands);
  EXPECT_EQ(shares[0].total, 2000 * k);
}

TEST(BitrateAllocator, PausesWhatHasNoRoomAndResumesWithHysteresis) {
  BitrateAllocator allocator;
  const std::vector<RateDemand> demands = {video(1, 2), video(2, 1)};
  EXPECT_EQ(allocator.allocate(219 * k, demands)[1].total, 0u);  // 119 k are left: 120 k are needed
  EXPECT_GE(allocator.allocate(220 * k, demands)[1].total, 100 * k);
  EXPECT_GE(allocator.allocate(200 * k, demands)[1].total, 100 * k);  // it is on, and its least is there
  EXPECT_EQ(allocator.allocate(199 * k, demands)[1].total, 0u);
  EXPECT_EQ(allocator.allocate(219 * k, demands)[1].total, 0u);
}

TEST(BitrateAllocator, GivesItsLeastToWhatMayNotPause) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands = {video(1, 4), video(2, 1)};
  demands[1].mayPause = false;
  const auto shares = allocator.allocate(150 * k, demands);
  EXPECT_EQ(shares[0].total, 0u);
  EXPECT_GE(shares[1].total, 100 * k);
  EXPECT_EQ(allocator.allocate(10 * k, demands)[1].total, 100 * k);
}

TEST(BitrateAllocator, FillsLayersFromTheLowestUp) {
  BitrateAllocator allocator;
  const std::vector<RateDemand> demands = {simulcast(1)};
  EXPECT_EQ(allocator.allocate(100 * k, demands)[0].layers, (Layers{100 * k, 0, 0}));
  EXPECT_EQ(allocator.allocate(190 * k, demands)[0].layers, (Layers{190 * k, 0, 0}));
  EXPECT_EQ(allocator.allocate(330 * k, demands)[0].layers, (Layers{150 * k, 180 * k, 0}));
  EXPECT_EQ(allocator.allocate(300 * k, demands)[0].layers, (Layers{150 * k, 150 * k, 0}));
  EXPECT_EQ(allocator.allocate(299 * k, demands)[0].layers, (Layers{200 * k, 0, 0}));
  EXPECT_EQ(allocator.allocate(1000 * k, demands)[0].layers, (Layers{200 * k, 700 * k, 0}));
  EXPECT_EQ(allocator.allocate(2000 * k, demands)[0].layers, (Layers{150 * k, 500 * k, 1350 * k}));
  EXPECT_EQ(allocator.allocate(9000 * k, demands)[0].layers, (Layers{200 * k, 700 * k, 2500 * k}));
  EXPECT_EQ(BitrateAllocator::wanted(demands), 3400 * k);
}

TEST(BitrateAllocator, ForgetsWhatHasGone) {
  BitrateAllocator allocator;
  const std::vector<RateDemand> demands = {video(1)}, none;
  EXPECT_GE(allocator.allocate(150 * k, demands)[0].total, 100 * k);
  EXPECT_TRUE(allocator.allocate(150 * k, none).empty());
  EXPECT_EQ(allocator.allocate(110 * k, demands)[0].total, 0u);
}

// The rates of 720p, 360p and 180p in libwebrtc's table for VP9, where target and most are one; one of them is limited to
// its least and a little more (maxBitrate). Where the line carries all that, all are on.
TEST(BitrateAllocator, WhatIsLimitedToItsLeastComesOn) {
  for (size_t limited = 0; limited < 3; ++limited) {
    for (const double times : {1.0, 1.001, 1.1, 1.199, 1.2, 1.3}) {
      BitrateAllocator allocator;
      std::vector<RateDemand> demands = {
          {.id = 1,
           .layers = {{30 * k, 142 * k, 142 * k}, {193 * k, 420 * k, 420 * k}, {481 * k, 1524 * k, 1524 * k}}}};
      RateRange& layer = demands[0].layers[limited];
      layer.most = layer.target = static_cast<uint64_t>(times * static_cast<double>(layer.least));
      Layers all;
      for (const RateRange& each : demands[0].layers) all.push_back(each.most);
      EXPECT_EQ(allocator.allocate(BitrateAllocator::wanted(demands), demands)[0].layers, all)
          << "encoding " << limited << ", maxBitrate " << times << " times its least";
    }
  }
}

TEST(BitrateAllocator, MostBelowLeastAndLeastOfNothing) {
  BitrateAllocator allocator;
  // Below its least it is not sent, whatever its most says.
  std::vector<RateDemand> demands = {{.id = 1, .layers = {{100 * k, 100 * k, 20 * k}}}};
  EXPECT_EQ(allocator.allocate(99 * k, demands)[0].total, 0u);
  EXPECT_EQ(allocator.allocate(100 * k, demands)[0].total, 100 * k);
  demands = {{.id = 2, .layers = {{0, 200 * k, 200 * k}, {0, 300 * k, 300 * k}}}};
  EXPECT_EQ(allocator.allocate(0, demands)[0].total, 0u);
  EXPECT_EQ(allocator.allocate(10 * k, demands)[0].layers, (Layers{10 * k, 0}));
  EXPECT_EQ(allocator.allocate(210 * k, demands)[0].layers, (Layers{200 * k, 10 * k}));
  EXPECT_EQ(allocator.allocate(900 * k, demands)[0].layers, (Layers{200 * k, 300 * k}));
}

TEST(BitrateAllocator, EqualEncodingsComeOnOneAfterTheOther) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands = {{.id = 1, .layers = std::vector<RateRange>(3, {150 * k, 500 * k, 700 * k})}};
  EXPECT_EQ(allocator.allocate(600 * k, demands)[0].layers, (Layers{600 * k, 0, 0}));
  EXPECT_EQ(allocator.allocate(700 * k, demands)[0].layers, (Layers{500 * k, 200 * k, 0}));
  EXPECT_EQ(allocator.allocate(2100 * k, demands)[0].layers, (Layers{700 * k, 700 * k, 700 * k}));
}

// A single encoding of 20 kb/s, as maxBitrate says it, beside one that takes what there is.
TEST(BitrateAllocator, WhatIsSmallLeavesTheRestToOthers) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands = {{.id = 1, .layers = {{20 * k, 20 * k, 20 * k}}}, video(2)};
  auto shares = allocator.allocate(500 * k, demands);
  EXPECT_EQ(shares[0].total, 20 * k);
  EXPECT_EQ(shares[1].total, 480 * k);
  // All that is wanted: nothing is lost by rounding, whatever the weights are.
  for (const double priority : {0.5, 1.0, 2.0, 4.0}) {
    demands = {video(1, priority), video(2), video(3, 4), video(4, 0.5)};
    for (const uint64_t rate : {1'000'003u, 8'000'000u, 7'999'999u}) {
      uint64_t sum = 0;
      for (const RateShare& share : allocator.allocate(rate, demands)) sum += share.total;
      EXPECT_EQ(sum, rate) << priority;
    }
  }
}

// The lowest that is active has its least in any case, and what is on stays on.
TEST(BitrateAllocator, LayersThatAreNotActiveCountForNothing) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands = {simulcast(1)};
  demands[0].mayPause = false;
  demands[0].layers[0] = {};
  EXPECT_EQ(allocator.allocate(100 * k, demands)[0].layers, (Layers{0, 150 * k, 0}));
  EXPECT_EQ(allocator.allocate(1219 * k, demands)[0].layers, (Layers{0, 700 * k, 0}));
  EXPECT_EQ(allocator.allocate(1220 * k, demands)[0].layers, (Layers{0, 500 * k, 720 * k}));
  EXPECT_EQ(allocator.allocate(1100 * k, demands)[0].layers, (Layers{0, 500 * k, 600 * k})) << "it was on";
  EXPECT_EQ(allocator.allocate(1099 * k, demands)[0].layers, (Layers{0, 700 * k, 0}));
  // Toggled: the middle one.
  demands = {simulcast(1)};
  demands[0].layers[1] = {};
  EXPECT_EQ(allocator.allocate(900 * k, demands)[0].layers, (Layers{150 * k, 0, 750 * k}));
  EXPECT_EQ(allocator.allocate(750 * k, demands)[0].layers, (Layers{150 * k, 0, 600 * k}));
  EXPECT_EQ(allocator.allocate(749 * k, demands)[0].layers, (Layers{200 * k, 0, 0}));
  // None.
  demands[0].layers.assign(3, {});
  EXPECT_EQ(allocator.allocate(900 * k, demands)[0].total, 0u);
  EXPECT_EQ(BitrateAllocator::wanted(demands), 0u);
}

TEST(BitrateAllocator, LimitsThatChangeAreFollowedAtOnce) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands = {simulcast(1)};
  EXPECT_EQ(allocator.allocate(9000 * k, demands)[0].layers, (Layers{200 * k, 700 * k, 2500 * k}));
  demands[0].layers[2] = {300 * k, 300 * k, 300 * k};
  EXPECT_EQ(allocator.allocate(9000 * k, demands)[0].layers, (Layers{200 * k, 700 * k, 300 * k}));
  demands[0].layers[2] = {600 * k, 2500 * k, 2500 * k};
  EXPECT_EQ(allocator.allocate(9000 * k, demands)[0].layers, (Layers{200 * k, 700 * k, 2500 * k}));
}

TEST(BitrateAllocator, ThirtySimulcastEncodingsStayWithinTheRateAndDoNotFlap) {
  BitrateAllocator allocator;
  std::vector<RateDemand> demands;
  for (uint32_t i = 0; i < 10; ++i) {
    demands.push_back(simulcast(i));
    demands.back().priority = i % 3 == 0 ? 2 : 1;
  }
  SeededRandom random(5);
  int changes = 0;
  std::vector<size_t> before(10, 0);
  for (int i = 0; i < 2000; ++i) {
    // A rate that trembles by 5 % around one that wanders.
    const double wander = 1 + 0.5 * std::sin(i / 400.0);
    const auto rate =
        static_cast<uint64_t>(8e6 * wander * (0.95 + 0.1 * static_cast<double>(random.u32()) / 4294967296.0));
    const auto shares = allocator.allocate(rate, demands);
    uint64_t sum = 0;
    for (size_t d = 0; d < shares.size(); ++d) {
      size_t on = 0;
      for (size_t layer = 0; layer < 3; ++layer) {
        const uint64_t given = shares[d].layers[layer];
        sum += given;
        ASSERT_LE(given, demands[d].layers[layer].most);
        if (given == 0) continue;
        ASSERT_GE(given, demands[d].layers[layer].least);
        ASSERT_EQ(on, layer) << "a layer above one that is off";
        ++on;
      }
      if (i > 0 && on != before[d]) ++changes;
      before[d] = on;
    }
    ASSERT_LE(sum, rate);
  }
  EXPECT_LT(changes, 200);
}

TEST(BitrateAllocator, AbsurdDemandsStayWithinBounds) {
  BitrateAllocator allocator;
  SeededRandom random(6);
  for (int i = 0; i < 500; ++i) {
    std::vector<RateDemand> demands(random.below(12));
    for (size_t d = 0; d < demands.size(); ++d) {
      demands[d].id = static_cast<uint32_t>(random.below(5));
      demands[d].sound = random.below(4) == 0;
      demands[d].priority = static_cast<double>(random.below(5)) - 1;
      demands[d].layers.resize(random.below(4));
      for (RateRange& layer : demands[d].layers) {
        layer = {random.below(1'000'000), random.below(1'000'000), random.below(1'000'000)};
      }
    }
    const auto shares = allocator.allocate(random.below(5'000'000), demands);
    ASSERT_EQ(shares.size(), demands.size());
    for (size_t d = 0; d < demands.size(); ++d) {
      uint64_t most = 0;
      for (const RateRange& layer : demands[d].layers) most += std::max({layer.least, layer.target, layer.most});
      ASSERT_LE(shares[d].total, most);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp

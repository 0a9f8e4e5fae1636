#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "fuzz/stack_api_walk.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0 {
namespace {

// What does not hold, and the last calls before that.
std::string told(const fuzz::ApiWalk& walk) {
  std::string out = walk.failure();
  const auto& story = walk.story();
  for (size_t i = story.size() > 40 ? story.size() - 40 : 0; i < story.size(); ++i) out += "\n  " + story[i];
  return out;
}

// TINCAN_WALK_STEPS=1000000 walks on, and TINCAN_WALK_SEED begins elsewhere.
TEST(ApiWalk, TheRecommendationsInvariantsHold) {
  const char* asked = std::getenv("TINCAN_WALK_STEPS");
  const char* seeded = std::getenv("TINCAN_WALK_SEED");
  const uint64_t steps = asked ? std::strtoull(asked, nullptr, 10) : 4'500;
  uint64_t seed = seeded ? std::strtoull(seeded, nullptr, 10) : 1;
  size_t most = 0;
  for (uint64_t done = 0; done < steps; ++seed) {
    SeededRandom choices(seed), random(seed + 1'000'000);
    fuzz::ApiWalk walk(random, [&] { return static_cast<uint8_t>(choices.below(256)); });
    for (int i = 0; i < 150 && walk.failure().empty(); ++i, ++done) walk.step();
    if (walk.failure().empty()) walk.settle();
    ASSERT_EQ(walk.failure(), "") << "seed " << seed << ": " << told(walk);
    most = std::max(most, walk.transportsAtMost());
    ASSERT_EQ(walk.leaks(), "") << "seed " << seed;
  }
  EXPECT_GE(most, 2u) << "some of the walks do not bundle";
}

TEST(ApiWalk, FuzzSeeds) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TINCAN_FUZZ_CORPUS "/stack_api_walk")) {
    fuzz::fuzzStackApiWalk(asBytes(test::readFile(entry.path())));
    ++count;
  }
  EXPECT_GE(count, 4u);
}

}  // namespace
}  // namespace tincan::inline v0

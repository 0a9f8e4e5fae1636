#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/stack_api_walk.h"
#include "tests/paths.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0 {
namespace {

constexpr size_t kSteps = 150;
constexpr int kMostFailures = 10;  // that one run tells of

/// A walk by its choices: those that begin it, those of each step, those of the round that ends it.
using Choices = std::vector<std::vector<uint8_t>>;

struct Outcome {
  std::string failure;
  std::vector<std::string> story;
  size_t transports = 0;
};

Outcome play(uint64_t seed, const Choices& choices) {
  SeededRandom random(seed + 1'000'000);
  size_t part = 0, at = 0;
  fuzz::ApiWalk walk(random, [&]() -> uint8_t { return at < choices[part].size() ? choices[part][at++] : 0; });
  for (part = 1; part + 1 < choices.size() && walk.failure().empty(); ++part) {
    at = 0;
    walk.step();
  }
  part = choices.size() - 1;
  at = 0;
  if (walk.failure().empty()) walk.settle();
  Outcome out{walk.failure(), walk.story(), walk.transportsAtMost()};
  if (out.failure.empty()) {
    const std::string leak = walk.leaks();
    if (!leak.empty()) out.failure = "after close() there lives on " + leak;
  }
  return out;
}

/// The same walk with as few steps as it takes to fail in the same way.
Choices shortest(uint64_t seed, Choices choices, const std::string& failure) {
  const auto kind = [](const std::string& text) { return text.substr(0, text.find_first_of("0123456789:")); };
  int plays = 600;
  for (size_t size = choices.size() / 2; size > 0; size /= 2) {
    for (size_t from = 1; from + size < choices.size() && plays > 0;) {
      Choices fewer = choices;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(from),
                  fewer.begin() + static_cast<std::ptrdiff_t>(from + size));
      --plays;
      if (kind(play(seed, fewer).failure) == kind(failure)) {
        choices = std::move(fewer);
      } else {
        from += size;
      }
    }
  }
  return choices;
}

std::string told(const Outcome& outcome) {
  std::string out = outcome.failure;
  for (const std::string& call : outcome.story) out += "\n  " + call;
  return out;
}

/// Random walks from a seed on; what fails is told by the shortest walk that fails so.
void walkFrom(uint64_t seed, uint64_t steps) {
  size_t most = 0;
  int failures = 0;
  for (uint64_t done = 0; done < steps && failures < kMostFailures; done += kSteps, ++seed) {
    SeededRandom random(seed);
    Choices choices(kSteps + 2);
    for (auto& part : choices) {
      part.resize(16);
      for (uint8_t& choice : part) choice = static_cast<uint8_t>(random.below(256));
    }
    const Outcome outcome = play(seed, choices);
    most = std::max(most, outcome.transports);
    if (outcome.failure.empty()) continue;
    const Outcome shrunk = play(seed, shortest(seed, choices, outcome.failure));
    ADD_FAILURE() << "seed " << seed << ": " << told(shrunk);
    ++failures;
  }
  EXPECT_GE(most, 2u) << "some of the walks do not bundle";
}

// TINCAN_WALK_STEPS=1000000 walks on, and TINCAN_WALK_SEED begins elsewhere.
TEST(ApiWalk, TheRecommendationsInvariantsHold) {
  const char* asked = std::getenv("TINCAN_WALK_STEPS");
  const char* seeded = std::getenv("TINCAN_WALK_SEED");
  walkFrom(seeded ? std::strtoull(seeded, nullptr, 10) : 1, asked ? std::strtoull(asked, nullptr, 10) : 4'500);
}

TEST(ApiWalk, FuzzSeeds) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fuzzCorpusPath("stack_api_walk"))) {
    fuzz::fuzzStackApiWalk(asBytes(test::readFile(entry.path())));
    ++count;
  }
  EXPECT_GE(count, 4u);
}

}  // namespace
}  // namespace tincan::inline v0

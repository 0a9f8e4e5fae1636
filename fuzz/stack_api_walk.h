#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "fuzz/stack_api_walk_calls.h"
#include "fuzz/stack_api_walk_checks.h"
#include "fuzz/stack_api_walk_world.h"

namespace tincan::inline v0::fuzz {

/// A walk over the W3C's API of two connections: whatever is called in whatever order, the recommendation's invariants
/// hold after each step, both agree whenever both are stable, and connect when they are given the time.
///
///     step ──► one call on one side (WalkCalls) ──► drain both (WalkWorld) ──► check (WalkChecks) ──► step …
class ApiWalk {
 public:
  ApiWalk(RandomSource& random, WalkWorld::Draw draw)
      : world_(random, std::move(draw)), calls_(world_), checks_(world_) {}

  /// What does not hold; empty while everything does.
  const std::string& failure() const { return world_.failure(); }
  const std::vector<std::string>& story() const { return world_.story(); }
  size_t transportsAtMost() const { return checks_.transportsAtMost(); }

  void step() {
    const size_t which = world_.draw() % 2;
    const uint8_t choice = world_.draw();
    // Now and then everything comes to rest, and goes on from there.
    if (choice >= 252) return settle();
    calls_.act(which, choice);
    world_.drain();
    checks_.afterStep();
  }

  /// A whole round from where the walk stands: both become stable, whatever was under way, and connect.
  void settle() {
    world_.tell(0, "and b come to rest");
    for (size_t i = 0; i < 2; ++i) calls_.takeBack(i);
    world_.drain();
    if (!world_.bothStable()) return world_.fail("a rollback leaves stable");
    checks_.afterStep();
    // Who has something to say says it, and two rounds of each are enough for everything.
    calls_.round(world_.draw() % 2);
    for (size_t i = 0; i < 4 && failure().empty(); ++i)
      if (world_.pc(i % 2).negotiationNeeded()) calls_.round(i % 2);
    if (world_.pc(0).negotiationNeeded() || world_.pc(1).negotiationNeeded())
      world_.fail("rounds do not end what negotiation is needed for");
    if (failure().empty()) checks_.afterStep();
    if (failure().empty()) checks_.afterRest();
    if (failure().empty()) checks_.afterStep();
  }

  std::string leaks() { return world_.leaks(); }

 private:
  WalkWorld world_;
  WalkCalls calls_;
  WalkChecks checks_;
};

/// Each byte is a choice; what the input leaves open is 0.
inline void fuzzStackApiWalk(ByteView data) {
  if (data.size() > 4096) return;
  SeededRandom random(1);
  size_t at = 0;
  ApiWalk walk(random, [&]() -> uint8_t { return at < data.size() ? data[at++] : 0; });
  while (at < data.size() && walk.failure().empty()) walk.step();
  if (walk.failure().empty()) walk.settle();
  std::string wrong = walk.failure();
  if (wrong.empty()) wrong = walk.leaks();
  if (wrong.empty()) return;
  for (const std::string& call : walk.story()) std::fprintf(stderr, "  %s\n", call.c_str());
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}

}  // namespace tincan::inline v0::fuzz

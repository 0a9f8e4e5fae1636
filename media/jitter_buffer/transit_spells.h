#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tincan::media {

/// Tells a path that has come back (a step down of the delay) from jitter: cuts time into short spells, and compares
/// each with the two before it. Two, since the spell in which the path changed has arrivals of both kinds.
///
///     transit  ─────┐            every arrival of spell 3 was faster than every one of spell 1:
///                   └───────     the path is another one, and what was late on the old one says nothing of it
///              1 │  2  │  3
///
/// Jitter parts two spells like that once in thousands of spells, and then nothing worse happens than that it is learnt
/// again.
class TransitSpells {
 public:
  /// The transit of an arrival. When it ends a spell that was faster than one just before: the spell's slowest.
  std::optional<int64_t> arrived(TimePoint now, int64_t transit);
  void reset() { *this = TransitSpells(); }

 private:
  struct Spell {
    TimePoint start;
    size_t arrivals = 0;
    int64_t fastest = INT64_MAX;
    int64_t slowest = INT64_MIN;
  };

  Spell current_;
  std::array<int64_t, 2> before_{INT64_MIN, INT64_MIN};  // the fastest of the two before
};

}  // namespace tincan::media

#include "media/jitter_buffer/transit_spells.h"

#include <algorithm>
#include <utility>

namespace tincan::media {
namespace {

// Of even chances, two spells of eight part once in 12,870 (16 over 8).
constexpr size_t kArrivals = 8;
constexpr Duration kLength = Duration::millis(250);
// A step that is smaller is not worth the forgetting: nobody sees it.
constexpr int64_t kStepMicros = 20'000;

}  // namespace

std::optional<int64_t> TransitSpells::arrived(TimePoint now, int64_t transit) {
  if (current_.arrivals++ == 0) current_.start = now;
  current_.fastest = std::min(current_.fastest, transit);
  current_.slowest = std::max(current_.slowest, transit);
  if (current_.arrivals < kArrivals || now - current_.start < kLength) return std::nullopt;
  const Spell ended = std::exchange(current_, Spell());
  const bool cameBack = ended.slowest + kStepMicros < std::max(before_[0], before_[1]);
  before_ = {before_[1], ended.fastest};
  return cameBack ? std::optional(ended.slowest) : std::nullopt;
}

}  // namespace tincan::media

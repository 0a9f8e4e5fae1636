#include "stack/encodings_load.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

// What was added since; sums of a new encoder begin at 0.
template <class Sum>
Sum since(Sum before, Sum now) {
  return now < before ? now : now - before;
}

}  // namespace

// A picture that one encoder had no time for was one too much for all.
void EncodingsLoad::add(std::span<const Encoding> encodings) {
  before_.resize(encodings.size());
  steps_.resize(encodings.size());
  EncoderLoad::Sums most;
  for (size_t i = 0; i < encodings.size(); ++i) {
    const EncoderLoad::Sums now = encodings[i].sums, before = std::exchange(before_[i], now);
    most.pictures = std::max(most.pictures, since(before.pictures, now.pictures));
    most.overtaken = std::max(most.overtaken, since(before.overtaken, now.overtaken));
    most.busy = std::max(most.busy, since(before.busy, now.busy));
  }
  sums_.pictures += most.pictures;
  sums_.overtaken += most.overtaken;
  sums_.busy += most.busy;
}

// One that would be as small as the one below it were the same picture twice.
std::optional<size_t> EncodingsLoad::nextToGiveUp(std::span<const Encoding> encodings) {
  std::optional<size_t> best;
  for (size_t i = 0; i < encodings.size(); ++i) {
    const Encoding& one = encodings[i];
    if (one.pixels == 0 || !one.less || (best && encodings[*best].pixels >= one.pixels)) continue;
    const bool fewer = *one.less == one.pixels;  // pictures, of the same size
    const bool reaches = std::any_of(encodings.begin(), encodings.end(), [&](const Encoding& other) {
      return &other != &one && other.pixels > 0 && other.pixels < one.pixels && *one.less <= other.pixels;
    });
    if (fewer || !reaches) best = i;
  }
  return best;
}

// Of the work of all, if the last step down were taken back.
double EncodingsLoad::growth(std::span<const Encoding> encodings) const {
  if (given_.empty() || given_.back() >= encodings.size()) return 1;
  double now = 0;
  for (const Encoding& one : encodings) now += one.pixels * one.pictures;
  const Encoding& last = encodings[given_.back()];
  return now > 0 ? 1 + last.pixels * last.pictures * (last.growth - 1) / now : 1;
}

void EncodingsLoad::note(TimePoint now, std::span<const Encoding> encodings) {
  add(encodings);
  const auto next = nextToGiveUp(encodings);
  load_.note(now, sums_, next.has_value(), growth(encodings));
  if (load_.step() > given_.size() && next) {
    given_.push_back(*next);
    ++steps_[*next];
  } else if (load_.step() < given_.size()) {
    if (given_.back() < steps_.size()) --steps_[given_.back()];
    given_.pop_back();
  }
}

}  // namespace tincan::inline v0::stack

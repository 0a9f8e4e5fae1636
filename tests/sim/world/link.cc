#include "tests/sim/world/link.h"

#include <algorithm>

namespace tincan::sim {

bool chance(RandomSource& random, double p) {
  if (p <= 0) return false;
  return static_cast<double>(random.u64() >> 11) * 0x1.0p-53 < p;
}

bool Link::isLost(RandomSource& random) {
  if (config.burst.goodToBad > 0) {
    bad_ = bad_ ? !chance(random, config.burst.badToGood) : chance(random, config.burst.goodToBad);
    if (bad_ && chance(random, config.burst.lossInBad)) return true;
  }
  return chance(random, config.loss);
}

std::vector<TimePoint> Link::send(TimePoint now, size_t ipSize, RandomSource& random) {
  if (ipSize > config.mtu) {
    ++stats_.tooLarge;
    return {};
  }
  if (config.down || isLost(random)) {
    ++stats_.lost;
    return {};
  }
  TimePoint leaves = now;
  if (config.bitsPerSecond > 0) {
    const TimePoint starts = std::max(now, lineFree_);
    if (starts - now > config.queue) {
      ++stats_.queueDrops;
      return {};
    }
    leaves = starts + Duration::micros(static_cast<int64_t>(ipSize) * 8 * 1'000'000 / config.bitsPerSecond);
    lineFree_ = leaves;
  }
  TimePoint arrives = leaves + config.delay;
  if (config.jitter > Duration::zero()) {
    arrives += Duration::micros(static_cast<int64_t>(random.below(static_cast<uint64_t>(config.jitter.micros()) + 1)));
  }
  if (chance(random, config.reorder)) {
    arrives += config.reorderDelay;
  } else {
    arrives = std::max(arrives, lastArrival_);
    lastArrival_ = arrives;
  }
  ++stats_.passed;
  if (!chance(random, config.duplicate)) return {arrives};
  ++stats_.duplicated;
  return {arrives, arrives + Duration::millis(1)};
}

}  // namespace tincan::sim

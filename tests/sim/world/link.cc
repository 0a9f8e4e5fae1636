#include "tests/sim/world/link.h"

#include <algorithm>
#include <numeric>

namespace tincan::inline v0::sim {

bool chance(RandomSource& random, double p) {
  if (p <= 0) return false;
  return static_cast<double>(random.u64() >> 11) * 0x1.0p-53 < p;
}

Duration LinkStats::queueP95() const {
  const uint64_t all = std::accumulate(waits.begin(), waits.end(), uint64_t{0});
  uint64_t below = 0;
  size_t at = 0;
  while (at < waits.size() && (below += waits[at]) * 20 < all * 19) ++at;
  return Duration::millis(static_cast<int64_t>(at) + 1);
}

bool Link::isLost(RandomSource& random) {
  if (config.burst.goodToBad > 0) {
    bad_ = bad_ ? !chance(random, config.burst.badToGood) : chance(random, config.burst.goodToBad);
    if (bad_ && chance(random, config.burst.lossInBad)) return true;
  }
  return chance(random, config.loss);
}

void Link::mark(Duration waits, RandomSource& random, Ecn& ecn) {
  if (config.bleaches) ecn = Ecn::kNotCapable;
  if (!config.marks || ecn != Ecn::kCapable1) return;
  if (!chance(random, (waits - config.markFrom).toSeconds() / (config.markAll - config.markFrom).toSeconds())) return;
  ecn = Ecn::kCongested;
  ++stats_.marked;
}

std::vector<TimePoint> Link::send(TimePoint now, size_t ipSize, RandomSource& random, Ecn* ecn) {
  if (ipSize > config.mtu) {
    ++stats_.tooLarge;
    return {};
  }
  if (config.down || isLost(random)) {
    ++stats_.lost;
    return {};
  }
  TimePoint leaves = now;
  Duration waits;
  if (config.bitsPerSecond > 0) {
    const TimePoint starts = std::max(now, lineFree_);
    if (starts - now > config.queue) {
      ++stats_.queueDrops;
      return {};
    }
    waits = starts - now;
    ++stats_.waits[std::min(static_cast<size_t>(waits.millis()), stats_.waits.size() - 1)];
    leaves = starts + Duration::micros(static_cast<int64_t>(ipSize) * 8 * 1'000'000 / config.bitsPerSecond);
    lineFree_ = leaves;
  }
  if (ecn) mark(waits, random, *ecn);
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

}  // namespace tincan::inline v0::sim

#include "rtp/congestion/bitrate_allocator.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp {
namespace {

uint64_t mostOf(const RateDemand& demand) {
  uint64_t sum = 0;
  for (const RateRange& layer : demand.layers) sum += std::max(layer.most, layer.least);
  return sum;
}
// Of an encoding that is not active all three are 0.
bool takesAny(const RateRange& layer) {
  return layer.least > 0 || layer.most > 0;
}
const RateRange* lowestOf(const RateDemand& demand) {
  const auto lowest = std::find_if(demand.layers.begin(), demand.layers.end(), takesAny);
  return lowest == demand.layers.end() ? nullptr : &*lowest;
}
uint64_t leastOf(const RateDemand& demand) {
  const RateRange* lowest = lowestOf(demand);
  return lowest ? lowest->least : 0;
}
// No more than it can use: what is limited to its least, or to little more, would never have so much.
uint64_t toComeOn(const RateRange& layer) {
  const auto wanted =
      static_cast<uint64_t>(std::ceil(static_cast<double>(layer.least) * BitrateAllocator::kHysteresis));
  return std::clamp(wanted, layer.least, std::max(layer.least, layer.most));
}

}  // namespace

uint64_t BitrateAllocator::wanted(std::span<const RateDemand> demands) {
  uint64_t sum = 0;
  for (const RateDemand& demand : demands) sum += mostOf(demand);
  return sum;
}

uint64_t BitrateAllocator::layersOn(uint32_t id) const {
  const auto found = on_.find(id);
  return found == on_.end() ? 0 : found->second;
}

bool BitrateAllocator::wasOn(const RateDemand& demand, size_t layer) const {
  return layer < kRemembered && ((layersOn(demand.id) >> layer) & 1) != 0;
}

std::span<const RateShare> BitrateAllocator::allocate(uint64_t bitsPerSecond, std::span<const RateDemand> demands) {
  shares_.resize(demands.size());
  for (size_t i = 0; i < demands.size(); ++i) {
    shares_[i].id = demands[i].id;
    shares_[i].total = 0;
    shares_[i].layers.assign(demands[i].layers.size(), 0);
  }
  seats_.clear();
  uint64_t left = seatSound(bitsPerSecond, demands);
  left = seatVideos(left, demands);
  shareRest(left, demands);
  for (const Seat& seat : seats_) split(demands[seat.index], seat.given, shares_[seat.index]);
  // What is not asked for any more is forgotten.
  on_.clear();
  for (const RateShare& share : shares_) {
    uint64_t on = 0;
    for (size_t i = 0; i < std::min(share.layers.size(), kRemembered); ++i) on |= uint64_t{share.layers[i] > 0} << i;
    on_[share.id] = on;
  }
  return shares_;
}

// Whole: a tenth of a picture's rate makes the difference between speech and none.
uint64_t BitrateAllocator::seatSound(uint64_t left, std::span<const RateDemand> demands) {
  for (size_t i = 0; i < demands.size(); ++i) {
    if (!demands[i].sound) continue;
    const uint64_t given = std::max(std::min(mostOf(demands[i]), left), leastOf(demands[i]));
    shares_[i].total = given;
    if (!shares_[i].layers.empty()) shares_[i].layers.front() = given;
    left -= std::min(given, left);
  }
  return left;
}

// The least of each, those of higher priority first, and among equals what is on already.
uint64_t BitrateAllocator::seatVideos(uint64_t left, std::span<const RateDemand> demands) {
  std::vector<Seat> waiting;
  for (size_t i = 0; i < demands.size(); ++i) {
    if (demands[i].sound || demands[i].layers.empty()) continue;
    waiting.push_back({i, leastOf(demands[i]), mostOf(demands[i])});
  }
  std::stable_sort(waiting.begin(), waiting.end(), [&](const Seat& a, const Seat& b) {
    const RateDemand &first = demands[a.index], &second = demands[b.index];
    if (first.mayPause != second.mayPause) return !first.mayPause;
    if (first.priority != second.priority) return first.priority > second.priority;
    return layersOn(first.id) > 0 && layersOn(second.id) == 0;
  });
  for (Seat& seat : waiting) {
    const RateDemand& demand = demands[seat.index];
    const RateRange* lowest = lowestOf(demand);
    const uint64_t needed = layersOn(demand.id) > 0 || !lowest ? seat.least : toComeOn(*lowest);
    if (demand.mayPause && left < needed) continue;
    seat.given = seat.least;
    left -= std::min(seat.least, left);
    seats_.push_back(seat);
  }
  return left;
}

// By weight; what one cannot use is shared by the others.
void BitrateAllocator::shareRest(uint64_t left, std::span<const RateDemand> demands) {
  for (size_t round = 0; round < seats_.size() + 1 && left > 0; ++round) {
    double weights = 0;
    for (const Seat& seat : seats_)
      weights += seat.given < seat.most ? std::max(demands[seat.index].priority, 1e-3) : 0;
    if (weights <= 0) return;
    const uint64_t pot = left;
    for (Seat& seat : seats_) {
      if (seat.given >= seat.most) continue;
      const double share = std::max(demands[seat.index].priority, 1e-3) / weights;
      const auto part =
          std::min({static_cast<uint64_t>(static_cast<double>(pot) * share), seat.most - seat.given, left});
      seat.given += part;
      left -= part;
    }
    if (left == pot) break;
  }
  // What was lost by rounding.
  for (Seat& seat : seats_) {
    const uint64_t part = std::min(seat.most - std::min(seat.most, seat.given), left);
    seat.given += part;
    left -= part;
  }
}

void BitrateAllocator::split(const RateDemand& demand, uint64_t rate, RateShare& share) {
  uint64_t left = rate;
  size_t top = 0;
  const RateRange* lowest = lowestOf(demand);
  for (size_t i = 0; i < demand.layers.size(); ++i) {
    const RateRange& layer = demand.layers[i];
    if (!takesAny(layer)) continue;
    const bool first = &layer == lowest;
    const uint64_t needed = wasOn(demand, i) ? layer.least : toComeOn(layer);
    if (!first && (left < needed || left == 0)) break;
    const uint64_t given = first ? std::max(std::min(layer.target, left), layer.least)
                                 : std::min(std::max(layer.target, layer.least), left);
    share.layers[i] = given;
    left -= std::min(given, left);
    top = i;
  }
  // The rest to the highest, as far as it can use it, and down from there.
  for (size_t i = top + 1; i-- > 0 && left > 0;) {
    const uint64_t most = std::max(demand.layers[i].most, demand.layers[i].least);
    const uint64_t part = std::min(left, most - std::min(most, share.layers[i]));
    share.layers[i] += part;
    left -= part;
  }
  share.total = 0;
  for (const uint64_t layer : share.layers) share.total += layer;
}

}  // namespace tincan::inline v0::rtp

#include "sctp/rx/tsn_tracker.h"

#include <algorithm>

namespace tincan::inline v0::sctp {

TsnTracker::TsnTracker(Tsn initial, Duration delay)
    : delay_(delay), cumulative_((int64_t{1} << 32) + initial.value() - 1) {}

/// The index of the first range that does not lie wholly before `tsn`.
size_t TsnTracker::behind(int64_t tsn) const {
  // What comes in order above a hole grows the last range.
  if (!ranges_.empty() && ranges_.back().last < tsn) return ranges_.size();
  const auto at = std::lower_bound(ranges_.begin(), ranges_.end(), tsn,
                                   [](const Range& range, int64_t value) { return range.last < value; });
  return static_cast<size_t>(at - ranges_.begin());
}

TsnTracker::Verdict TsnTracker::check(int64_t tsn) const {
  if (tsn <= cumulative_) return Verdict::kDuplicate;
  if (tsn - cumulative_ > kMaxAhead) return Verdict::kTooFar;
  if (tsn == cumulative_ + 1) return Verdict::kNew;
  const size_t at = behind(tsn);
  if (at < ranges_.size() && ranges_[at].first <= tsn) return Verdict::kDuplicate;
  const bool touches =
      (at < ranges_.size() && ranges_[at].first == tsn + 1) || (at > 0 && ranges_[at - 1].last == tsn - 1);
  return touches || ranges_.size() < kMaxRanges ? Verdict::kNew : Verdict::kTooFar;
}

void TsnTracker::record(int64_t tsn) {
  if (tsn == cumulative_ + 1) {
    ++cumulative_;
    return absorb();
  }
  const size_t at = behind(tsn);
  const auto place = ranges_.begin() + static_cast<std::ptrdiff_t>(at);
  const bool joinsNext = at < ranges_.size() && ranges_[at].first == tsn + 1;
  const bool joinsLast = at > 0 && ranges_[at - 1].last == tsn - 1;
  if (joinsNext && joinsLast) {
    ranges_[at - 1].last = ranges_[at].last;
    ranges_.erase(place);
  } else if (joinsNext) {
    ranges_[at].first = tsn;
  } else if (joinsLast) {
    ranges_[at - 1].last = tsn;
  } else {
    ranges_.insert(place, Range{tsn, tsn});
  }
}

/// Ranges that the cumulative TSN has reached are part of it.
void TsnTracker::absorb() {
  auto at = ranges_.begin();
  for (; at != ranges_.end() && at->first <= cumulative_ + 1; ++at) cumulative_ = std::max(cumulative_, at->last);
  ranges_.erase(ranges_.begin(), at);
}

void TsnTracker::noteDuplicate(Tsn tsn) {
  if (duplicates_.size() < kMaxDuplicates) duplicates_.push_back(tsn);
  due_ = true;  // RFC 9260 §6.2: the SACK that told of it may have been lost
}

bool TsnTracker::forward(int64_t cumulative) {
  // RFC 3758 §3.6: an old one is answered, since a SACK may have been lost. One that jumps over more than could have been
  // on its way is no peer's of good will.
  due_ = true;
  if (cumulative <= cumulative_ || cumulative - cumulative_ > 65'535) return false;
  cumulative_ = cumulative;
  absorb();
  return true;
}

void TsnTracker::packetDone(TimePoint now, bool immediate) {
  ++packets_;
  // RFC 9260 §6.2: every second packet at least. §6.7: at once while something is missing, and when that has come.
  if (immediate || packets_ >= 2 || hasGaps() || gapsBefore_) due_ = true;
  gapsBefore_ = hasGaps();
  if (!due_) deadline_ = earlier(deadline_, now + delay_);
}

void TsnTracker::fill(SackChunk& sack, size_t maxSize) const {
  size_t entries = (std::max(maxSize, SackChunk::kHeaderSize) - SackChunk::kHeaderSize) / SackChunk::kEntrySize;
  sack.cumulative = toTsn(cumulative_);
  sack.gaps.clear();
  sack.duplicates.clear();
  for (const Range& range : ranges_) {
    if (entries == 0) break;
    --entries;
    sack.gaps.push_back(
        {static_cast<uint16_t>(range.first - cumulative_), static_cast<uint16_t>(range.last - cumulative_)});
  }
  for (const Tsn tsn : duplicates_) {
    if (entries == 0) break;
    --entries;
    sack.duplicates.push_back(tsn);
  }
}

void TsnTracker::sent() {
  duplicates_.clear();
  packets_ = 0;
  due_ = false;
  deadline_ = TimePoint::never();
}

}  // namespace tincan::inline v0::sctp

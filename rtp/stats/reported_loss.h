#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "rtp/rtcp/reports.h"

namespace tincan::inline v0::rtp {

/// Packets that the far end reports about, and how many of them are lost: fewer than none where duplicates came, or what
/// was lost a report ago came late.
struct ReportedLoss {
  int64_t expected = 0;
  int64_t lost = 0;
  bool operator==(const ReportedLoss&) const = default;
};

/// What each report block about one source adds to the one before (RFC 3550 §A.3): by its cumulative numbers, so that what
/// a lost report said is in the next. Owned by the sending stream's statistics.
class LossReports {
 public:
  /// `sent`: packets up to now, which is all that a first block can be about.
  ReportedLoss next(const rtcp::ReportBlock& block, uint64_t sent) {
    ReportedLoss out;
    const auto step = static_cast<int32_t>(block.extendedHighestSequence - highest_);
    if (!began_) {
      out = {static_cast<int64_t>(sent), block.cumulativeLost};
    } else if (step >= 0) {
      out = {step, block.cumulativeLost - lost_};
    } else if (step >= -kMaxMisorder) {
      return {};  // an older one, which came later
    }
    // Further back: a receiver that has begun anew, about which nothing is known yet.
    began_ = true;
    highest_ = block.extendedHighestSequence;
    lost_ = block.cumulativeLost;
    return out;
  }

 private:
  static constexpr int32_t kMaxMisorder = 100;  // RFC 3550 §A.1

  bool began_ = false;
  uint32_t highest_ = 0;
  int32_t lost_ = 0;
};

/// Gathers what reports say until it is enough to speak of a share. A peer that waits for a key frame asks with each packet
/// of RTCP that it may send, and each begins with a report: of the three packets of the last 60 ms, either none is lost or
/// a third.
class LossWindow {
 public:
  /// As libwebrtc: one of them is 5 %, about where a loss begins to matter.
  static constexpr int64_t kLeastPackets = 20;

  explicit LossWindow(Duration least) : least_(least) {}

  /// The share that was lost, 0 to 1, of at least kLeastPackets over at least `least`; none as long as these have not come.
  std::optional<double> add(TimePoint now, const ReportedLoss& loss) {
    sum_.expected += loss.expected;
    sum_.lost += loss.lost;
    if (sum_.expected < kLeastPackets || (!began_.isNever() && now - began_ < least_)) return std::nullopt;
    const double share = static_cast<double>(sum_.lost) / static_cast<double>(sum_.expected);
    sum_ = {};
    began_ = now;
    return std::clamp(share, 0.0, 1.0);
  }

 private:
  Duration least_;
  ReportedLoss sum_;
  TimePoint began_ = TimePoint::never();
};

}  // namespace tincan::inline v0::rtp

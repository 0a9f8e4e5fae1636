#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "rtp/congestion/feedback_report.h"
#include "rtp/congestion/overuse_detector.h"
#include "rtp/congestion/packet_groups.h"
#include "rtp/congestion/queue_delay.h"
#include "rtp/congestion/trendline.h"

namespace tincan::inline v0::rtp {

/// What delays say of the line: packets in groups, the trend of their delay, and whether the line is overused.
///
///     FeedbackReport ─► by arrival ─► PacketGroups ─► Trendline ─► OveruseDetector ─► state
///                    └► QueueDelay ─► how long packets wait
class DelayEstimator {
 public:
  /// libwebrtc: a stream that was silent for so long begins anew.
  static constexpr Duration kSilence = Duration::seconds(2);

  void onReport(const FeedbackReport& report);
  OveruseDetector::State state() const { return surge_ ? OveruseDetector::State::kOveruse : detector_.state(); }
  Duration queue() const { return queue_.delay(); }
  /// After a surge: what the line carries now. A mean of the time before it would say more for as long as that reaches.
  std::optional<double> carries() const { return surge_ ? queue_.through() : std::nullopt; }
  double threshold() const { return detector_.threshold(); }
  std::optional<double> trend() const { return trendline_.value(); }
  void reset();

  /// A queue that has grown so much from one report to the next, and is so long, needs no trend: the line's rate has
  /// fallen. The trend of 20 groups would see it half a second later.
  static constexpr Duration kSurge = Duration::millis(30), kSurged = Duration::millis(60);

 private:
  PacketGroups groups_;
  Trendline trendline_;
  OveruseDetector detector_;
  QueueDelay queue_;
  bool surge_ = false;
  TimePoint seenAt_ = TimePoint::never();
  std::vector<PacketResult> received_;  // of one report; empty between calls
};

}  // namespace tincan::inline v0::rtp

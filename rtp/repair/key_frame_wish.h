#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// When a receiver asks for a key frame (PLI, RFC 4585 §6.3.1), and when again. One that is on its way is not asked for a
/// second time: many senders make two of two wishes, and the second takes the line from the first.
///
///     want ─► asked ─► (a round trip, and what a key frame takes to come) ─► asked again …
///                 └──► answered: the next wish no sooner than a round trip after this one
class KeyFrameWish {
 public:
  /// No two wishes are closer, as libwebrtc's; its senders obey one in 300 ms.
  static constexpr Duration kLeast = Duration::millis(200);
  /// Whatever the round trip is said to be.
  static constexpr Duration kMostRoundTrip = Duration::seconds(2);
  /// So long beyond a round trip, and the wish was lost, or the key frame: VideoJitterBuffer waits as long for a gap.
  static constexpr Duration kMostKeyFrame = Duration::seconds(1);

  void setRoundTripTime(Duration rtt) { rtt_ = std::min(rtt, kMostRoundTrip); }
  /// How long one takes to come, from its first packet to its last; zero where that is not known.
  void setKeyFrameTime(Duration time) { keyFrameTime_ = std::min(time, kMostKeyFrame); }
  /// One is wanted.
  void want() { wanted_ = true; }
  /// One has come, or is wanted no more.
  void answered() {
    wanted_ = false;
    waits_ = false;
  }
  /// True when it is to be asked for now; that then counts as done.
  bool poll(TimePoint now) {
    if (!wanted_ || now < next()) return false;
    wanted_ = false;
    waits_ = true;
    asked_ = now;
    return true;
  }
  TimePoint nextTimeout() const { return wanted_ ? next() : TimePoint::never(); }

 private:
  TimePoint next() const {
    if (!asked_) return TimePoint();
    return *asked_ + std::max(waits_ ? rtt_ + keyFrameTime_ : rtt_, kLeast);
  }

  Duration rtt_, keyFrameTime_;
  std::optional<TimePoint> asked_;
  bool waits_ = false;  // since then
  bool wanted_ = false;
};

}  // namespace tincan::inline v0::rtp

#pragma once

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// The first second of what a receiver tells of arrivals. The sender's first probes leave within 100 ms, and what its rate
/// is for the next seconds comes of what the first feedback says of them: then each feedback begins with what the one before
/// told, so that a lost one hides nothing. Later a lost one costs an interval and no more.
///
/// It does not come more often: with one each 50 ms, 6 of 16 calls whose pictures come 200 ms after their sound had them
/// late by more than they should be, and with one each 100 ms none (tests/sim/lip_sync_test.cc).
///
/// A sender may be told twice: what it knows as received, it skips (libwebrtc takes it out of its history); RFC 8888 §3.1
/// allows reports that overlap.
class FeedbackOpening {
 public:
  static constexpr Duration kLength = Duration::seconds(1);

  /// Whether what came at `arrival` is of the opening, which begins with the first arrival that is asked about.
  bool has(TimePoint arrival) {
    if (began_.isNever()) began_ = arrival;
    return arrival - began_ < kLength;
  }

 private:
  TimePoint began_ = TimePoint::never();
};

}  // namespace tincan::inline v0::rtp

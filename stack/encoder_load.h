#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::stack {

/// Whether an encoder on a worker keeps up with its pictures, and by how many steps of ResolutionAdapter they are to be
/// less. Looks at a second at a time. Owned by a VideoEncoding.
///
///     a tenth of the pictures overtaken, two seconds in a row ─► a step down (in one it may be the encoder's beginning)
///     at the step above it would be busy for less than 70 % of the time, for 5 s ─► up; after each step up that did not
///     last, the wait is twice as long, to a minute
class EncoderLoad {
 public:
  static constexpr Duration kWindow = Duration::seconds(1);
  static constexpr Duration kUpAfter = Duration::seconds(5), kLongestWait = Duration::seconds(60);
  static constexpr double kOvertaken = 0.1;
  static constexpr int kInARow = 2;
  static constexpr double kBusy = 0.7;

  /// What the encoder has been given, has not come to, and has worked for; all sums since it began.
  struct Sums {
    uint64_t pictures = 0, overtaken = 0;
    Duration busy;
  };
  /// `hasLess`: there is a step below the one in force. `growth`: how many times the work is that of the step above,
  /// beside this one's.
  void note(TimePoint now, const Sums& sums, bool hasLess, double growth);
  /// 0: pictures as they are.
  size_t step() const { return step_; }
  /// Another encoder, whose sums begin at 0.
  void restart() { windowFrom_ = TimePoint::never(); }

 private:
  void down(TimePoint now);

  size_t step_ = 0;
  int late_ = 0;  // windows in a row
  Sums before_;
  TimePoint windowFrom_ = TimePoint::never();
  TimePoint easySince_ = TimePoint::never(), raisedAt_ = TimePoint::never();
  Duration wait_ = kUpAfter;
};

}  // namespace tincan::inline v0::stack

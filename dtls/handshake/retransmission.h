#pragma once

#include <algorithm>

#include "base/time.h"

namespace tincan::inline v0::dtls {

/// When to send a flight again (RFC 6347 §4.2.4.1): after the initial time, then twice as long each time, up to the
/// cap.
class Retransmission {
 public:
  Retransmission(Duration initial, Duration cap) : initial_(initial), cap_(cap), current_(initial) {}

  /// What flights wait at first from now on, and the one in the air that has not been sent again.
  void setInitial(Duration initial) {
    if (running() && attempts_ == 0 && current_ == initial_) deadline_ += initial - initial_;
    if (current_ == initial_) current_ = initial;
    initial_ = initial;
  }
  /// A new flight was sent. The timer starts from the beginning only when the last one got through at once.
  void start(TimePoint now) {
    if (attempts_ == 0) current_ = initial_;
    attempts_ = 0;
    deadline_ = now + current_;
  }
  void stop() { deadline_ = TimePoint::never(); }
  /// The flight was sent again because its time was up.
  void backOff(TimePoint now) {
    ++attempts_;
    current_ = std::min(current_ * 2, cap_);
    deadline_ = now + current_;
  }
  /// The flight was sent again for another reason: the peer asked.
  void postpone(TimePoint now) { deadline_ = now + current_; }

  /// The next flight is a new beginning: when this one's time is up, that one's is the first.
  void calm() {
    attempts_ = -1;
    current_ = initial_ / 2;
  }

  bool running() const { return !deadline_.isNever(); }
  TimePoint deadline() const { return deadline_; }
  /// How often this flight's time was up.
  int attempts() const { return attempts_; }

 private:
  Duration initial_;
  Duration cap_;
  Duration current_;
  TimePoint deadline_ = TimePoint::never();
  int attempts_ = 0;
};

}  // namespace tincan::inline v0::dtls

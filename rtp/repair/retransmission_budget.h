#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// How much of a line may go to packets that are sent again: a fixed share of the rate that the line is known to carry,
/// and at most a window's worth of that share at once. One for all the streams of a transport, since the line is one.
///
///     setLineRate ─► filled at share × rate ─► bucket of one window ─► take: while there is something in it
///
/// The bucket may be overdrawn by a packet, so that the smallest of lines has repairs too; over each long time the share
/// is kept exactly. Where repairs lack because the line is full, more of them lose more: what exceeds is not sent, and
/// the receiver asks for a key frame in the end.
class RetransmissionBudget {
 public:
  /// A quarter. One packet in ten lost takes an eighth, repairs of repairs and key frames' bursts included; past one in
  /// five a line is not lossy but full, and repairs are what fills it. (libwebrtc allows as much as the whole estimate,
  /// over a window of 500 ms, which trusts its estimate to fall at once: ours comes once a second, with REMB.)
  static constexpr uint32_t kPercent = 25;
  static constexpr Duration kWindow = Duration::millis(500);

  /// In bits a second; the first fills the bucket.
  void setLineRate(uint64_t bitsPerSecond) {
    const bool first = share_ == 0;
    share_ = static_cast<int64_t>(std::min(bitsPerSecond, kMaxLineRate) * kPercent / 100);
    level_ = first ? capacity() : std::min(level_, capacity());
  }
  /// Whether so many bytes may be sent again now. `now` never runs backwards.
  bool take(TimePoint now, size_t bytes) {
    const int64_t elapsed = std::min((now - settled_).micros(), kLongest.micros());
    settled_ = now;
    level_ = std::min(level_ + share_ * elapsed, capacity());
    if (level_ <= 0) return false;
    level_ -= static_cast<int64_t>(bytes) * 8 * 1'000'000;
    return true;
  }
  /// What it gives in this time, once its bucket is empty.
  size_t bytesIn(Duration time) const { return static_cast<size_t>(share_ * time.micros() / 8'000'000); }

 private:
  // 100 Gbit/s, of which a quarter over a minute fits into 64 bits, in millionths.
  static constexpr uint64_t kMaxLineRate = 100'000'000'000;
  static constexpr Duration kLongest = Duration::seconds(60);
  int64_t capacity() const { return share_ * kWindow.micros(); }

  int64_t share_ = 0;  // bits a second
  int64_t level_ = 0;  // millionths of a bit: a bit a second for a microsecond
  TimePoint settled_;
};

}  // namespace tincan::inline v0::rtp

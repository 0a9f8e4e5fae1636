#pragma once

#include <cstdint>

namespace tincan::inline v0::dtls {

/// Which sequence numbers of an epoch have been seen (RFC 6347 §4.1.2.6, RFC 9147 §4.5.1): the newest, and a bit for
/// each of the 64 up to it. It moves only by `accept`, which is for records that authenticated.
class ReplayWindow {
 public:
  static constexpr uint64_t kSize = 64;  // RFC 6347 §4.1.2.6: 64 is preferred

  /// Neither seen before, nor so old that nobody knows.
  bool isFresh(uint64_t sequence) const {
    if (sequence >= next_) return true;
    const uint64_t age = next_ - 1 - sequence;
    return age < kSize && (seen_ >> age & 1) == 0;
  }

  void accept(uint64_t sequence) {
    if (sequence >= next_) {
      const uint64_t shift = sequence + 1 - next_;
      seen_ = shift < kSize ? seen_ << shift | 1 : 1;
      next_ = sequence + 1;
    } else if (next_ - 1 - sequence < kSize) {
      seen_ |= uint64_t{1} << (next_ - 1 - sequence);
    }
  }

  /// One more than the newest that was accepted: 0 when none was.
  uint64_t next() const { return next_; }

 private:
  uint64_t next_ = 0;
  uint64_t seen_ = 0;  // bit i: next_ - 1 - i
};

}  // namespace tincan::inline v0::dtls

#pragma once

#include <span>

#include "base/time.h"

namespace tincan::inline v0::media {

/// Brings sound and pictures of one stream together again, whose paths and jitter delay them by different times: the
/// ones that are early wait for the latest (RFC 3550 §6.4.1: NTP time of sender reports relates the clocks).
///
///     sampled together   ──●──────────────────────►  the sender's wall time
///     sound would play   ────────●╌╌╌╌╌╌╌╌►│         own delay, extra delay
///     pictures would     ─────────────────●│         the latest: no extra delay
///
/// Knows no stream and keeps nothing: who owns the streams asks it twice a second, and gives each the delay that it
/// says. A stream is never played before its own jitter allows: extra delays are added, and taken back, no more.
class LipSync {
 public:
  struct Stream {
    NtpTime sampled;   ///< by its sender reports
    TimePoint played;  ///< the same moment of it, here
    Duration reached;  ///< of the extra delay, how much was in force then
    Duration extra;    ///< that it has been given; align() says it anew
    /// Of its own delay, what lets repairs come in time: others wait for that no longer than kUnnoticed less.
    Duration forRepairs{};
  };

  /// The most that a stream waits for another, and the most that this changes at a time: sound is stretched
  /// for it, so it should not be much at once.
  static constexpr Duration kMost = Duration::seconds(1);
  static constexpr Duration kStep = Duration::millis(80);
  /// ITU-R BT.1359 §2: from 45 ms on people notice. What is less than a pitch period of sound is not worth a change: that
  /// is what it is stretched by.
  static constexpr Duration kTolerance = Duration::millis(10);
  /// Where pictures are held for repairs, sound may be so much ahead of them, no more: each is late by another time there,
  /// and a conversation is held by its sound. libwebrtc's kMinDeltaMs, below which it brings nothing together; people notice
  /// sound that is early from 45 ms on (ITU-R BT.1359 §2).
  static constexpr Duration kUnnoticed = Duration::millis(30);
  /// A report that puts a stream this far from the first one has a wrong time: that stream is taken by itself.
  static constexpr Duration kImpossible = Duration::seconds(5);

  /// Streams of one sender's clock, first the one to be trusted. One by itself gives its extra delay back.
  static void align(std::span<Stream> streams);
};

}  // namespace tincan::inline v0::media

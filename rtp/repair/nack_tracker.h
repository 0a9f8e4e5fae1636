#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/sequence.h"
#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Which packets of one receiving stream are missing, and when to ask for them (RFC 4585 §6.2.1). Owned by the
/// receiving stream; fed with every media packet, retransmitted ones (restored) included.
///
///     gap seen -> waits for reordering, where there is some -> asked -> (a round trip) -> asked again … -> recovered
///                                                                                 \-> given up: keyframe needed
class NackTracker {
 public:
  struct Config {
    size_t maxMissing = 1000;                  ///< LIMITS.md: NACK list
    uint32_t maxTries = 10;                    ///< given up after so many…
    Duration minAge = Duration::millis(1000);  ///< …but not before: who waits, waits so long (VideoJitterBuffer)…
    Duration maxAge = Duration::millis(2000);  ///< …and after this anyway, since the gap was seen
    uint32_t reorderPackets = 3;               ///< a gap this far behind the newest is asked for at once
    Duration reorderWait = Duration::millis(10);  ///< and any other after this; at once where none is overtaken
    Duration minRetry = Duration::millis(20);     ///< a round trip below this counts as this
    Duration maxRetry = Duration::millis(1000);   ///< and one above this as this
  };
  enum class Arrival : uint8_t {
    kInOrder,    ///< newer than all before it
    kLate,       ///< was missing and was not asked for yet: reordered
    kRecovered,  ///< was missing and asked for
    kOld,        ///< a duplicate, or given up
  };
  struct Stats {
    uint64_t nacksSent = 0;  ///< sequence numbers, counted each time
    uint64_t recovered = 0;
    uint64_t late = 0;
    uint64_t old = 0;
    uint64_t givenUp = 0;
    uint64_t resets = 0;
  };

  NackTracker() : NackTracker(Config()) {}
  explicit NackTracker(const Config& config) : config_(config) {}

  /// What has been asked for already is asked for again by this one, too: the queue in which the answer waits may have gone.
  void setRoundTripTime(Duration rtt) { rtt_ = rtt; }
  /// What is missing may be repaired without being asked for: nothing is asked for before this has passed. Zero: as the
  /// configuration says.
  void setPatience(Duration patience) { patience_ = patience; }
  /// What is missing before this number is wanted no more, and no key frame for it either: it was parity, or what it was
  /// of is out.
  void forgetUpTo(uint16_t sequenceNumber) {
    if (unwrapper_.started()) eraseBefore(unwrapper_.peek(sequenceNumber));
  }
  /// `keyFrameStart`: the first packet of a keyframe. What is missing before it is wanted no more.
  Arrival receive(TimePoint now, uint16_t sequenceNumber, bool keyFrameStart = false);
  /// The same for a packet that was received already.
  void forgetBefore(uint16_t sequenceNumber) { forgetBefore(unwrapper_.peek(sequenceNumber)); }
  /// Adds those that are to be asked for now, ascending; false when there are none. Drives the clock: call it at
  /// nextTimeout().
  bool poll(TimePoint now, std::vector<uint16_t>& out);
  TimePoint nextTimeout() const;
  /// True once for each time that missing packets were given up: ask for a keyframe.
  bool takeKeyFrameRequest();
  void reset();

  size_t missing() const { return missing_.size(); }
  const Stats& stats() const { return stats_; }

 private:
  static constexpr Duration kReorderMemory = Duration::seconds(10);
  struct Missing {
    int64_t sequence = 0;
    TimePoint since;
    TimePoint due;    // for the first time
    TimePoint asked;  // first…
    TimePoint last;   // …and again
    uint32_t tries = 0;
  };
  Arrival receiveOlder(TimePoint now, int64_t sequence);
  void addGap(TimePoint now, int64_t from, int64_t to);
  void forgetBefore(int64_t sequence);
  void eraseBefore(int64_t sequence);
  void giveUpAll();
  bool overtakes(TimePoint now) const { return reordered_ && now - *reordered_ < kReorderMemory; }
  TimePoint dueOf(const Missing& missing) const {
    return missing.tries == 0 ? missing.due : missing.last + retryAfter();
  }
  Duration retryAfter() const;

  Config config_;
  SequenceUnwrapper<uint16_t> unwrapper_;
  int64_t highest_ = 0;
  std::vector<Missing> missing_;  // ascending
  Duration rtt_ = Duration::millis(100);
  Duration patience_;
  std::optional<TimePoint> reordered_;  // when a packet last came that had been overtaken
  bool keyFrameWanted_ = false;
  Stats stats_;
};

}  // namespace tincan::inline v0::rtp

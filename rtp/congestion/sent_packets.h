#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/sequence.h"
#include "base/time.h"
#include "rtp/congestion/feedback_report.h"
#include "rtp/rtcp/congestion_feedback.h"
#include "rtp/rtcp/transport_feedback.h"

namespace tincan::inline v0::rtp {

/// The history of what a transport has sent, by transport-wide number, and how the far end's reports are joined with it.
/// Owned by whoever sends on the transport.
///
///     onSent ─► kOutstanding ─┬─ reported received ─► kReceived          (said once; said again: a duplicate, skipped)
///                             └─ reported lost ─► kLost ─ received ─► kReceived, `recovered`
///     add (each report of a compound) … take ─► FeedbackReport
///
/// - A packet that no report names (the report itself was lost) is neither received nor lost: it leaves the count of
///   bytes in flight when a report names a later one.
/// - The far end's clock is followed by the shortest way from report to report. Where it runs away from ours, it has
///   jumped: the arrivals are put near our time again, and the report says so.
/// - Bounded: the last `kMostPackets`, and what is older than `kLongest` is not joined. No allocation a packet once the
///   ring has grown.
class SentPackets {
 public:
  /// Half of what 16 bits can tell apart (RFC 1982 §3.2), and half again, so that a late report is not taken for an early
  /// one: 1.6 s at 120 Mb/s.
  static constexpr size_t kMostPackets = 16384;
  /// No feedback speaks of older ones: libwebrtc keeps a minute too.
  static constexpr Duration kLongest = Duration::seconds(60);
  /// How far the far end's clock may run away from ours: a queue on the way, and 100 ppm of a day.
  static constexpr Duration kMostClockStep = Duration::seconds(10);

  struct Counters {
    uint64_t duplicates = 0;  ///< told as received before
    uint64_t unknown = 0;     ///< told of, and never sent or forgotten
    uint64_t clockJumps = 0;
    bool operator==(const Counters&) const = default;
  };

  /// `bySsrc`: reports of RFC 8888 will come, which name packets by SSRC and RTP number.
  explicit SentPackets(bool bySsrc = false) : bySsrc_(bySsrc) {}

  /// The number of the next packet; its low 16 bits go into the header extension.
  int64_t nextNumber() const { return next_; }
  /// Where numbers begin; before the first packet only.
  void startAt(uint16_t number);
  /// `packet.number` is given here. Returns it.
  int64_t onSent(SentPacket packet);

  /// Reports that came in one compound; `now` is when it came.
  void add(TimePoint now, const rtcp::TransportFeedback& feedback);
  void add(TimePoint now, const rtcp::CongestionFeedback& feedback);
  /// What the reports since the last call say together.
  FeedbackReport take(TimePoint now);

  size_t bytesInFlight() const { return inFlight_; }
  const Counters& counters() const { return counters_; }

 private:
  enum class State : uint8_t { kNone, kOutstanding, kReceived, kLost };
  struct Entry {
    SentPacket packet;
    State state = State::kNone;
    uint32_t nextInBucket = 0;  // ring index + 1; 0: the end
  };
  static constexpr size_t kFirst = 256;

  Entry& slot(int64_t number) { return ring_[static_cast<size_t>(number) & (ring_.size() - 1)]; }
  Entry* find(int64_t number);
  Entry* find(Ssrc ssrc, uint16_t sequence);
  size_t bucketOf(const SentPacket& packet) const;
  void link(size_t index);
  void unlink(size_t index);
  void grow();
  void forgetOld(TimePoint now);
  void note(TimePoint now, Entry& entry, TimePoint receivedAt, Ecn ecn);
  void noteNewest(int64_t number);
  TimePoint arrivalBase(TimePoint now, Duration farStep);

  bool bySsrc_;
  std::vector<Entry> ring_;
  std::vector<uint32_t> buckets_;  // by SSRC and sequence: chains through the ring
  std::vector<PacketResult> results_;
  std::vector<PacketResult> taken_;
  int64_t first_ = 0, next_ = 0;  // the history
  int64_t newestNamed_ = -1;      // by any report
  size_t inFlight_ = 0;
  // The far end's clock: where on ours its last reading was put.
  bool clockKnown_ = false;
  TimePoint farAt_;
  SequenceUnwrapper<uint32_t> referenceTime_, reportTimestamp_;
  bool clockJumped_ = false;
  Counters counters_;
};

}  // namespace tincan::inline v0::rtp

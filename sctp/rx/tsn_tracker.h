#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "sctp/chunk/sack.h"
#include "sctp/chunk/tsn.h"

namespace tincan::inline v0::sctp {

/// Which of the peer's TSNs have come, and when it is to be told (RFC 9260 §6.2). Owned by Association.
///
///     check() ── new ──> the chunk is kept ── record() ──┐
///     check() ── seen ── noteDuplicate() ────────────────┤
///                                                        ├──> packetDone() ── due at once, or by the timer ──> sack()
///     FORWARD-TSN ── forward() ──────────────────────────┘
class TsnTracker {
 public:
  enum class Verdict : uint8_t {
    kNew,
    kDuplicate,
    kTooFar,  ///< further ahead than we say in a SACK, or one more hole than we keep: dropped, as if lost
  };
  /// Gap blocks have 16 bits (RFC 9260 §3.3.4); SSNs too, and half of that is as far as their order can be told.
  static constexpr int64_t kMaxAhead = 32'000;
  static constexpr size_t kMaxRanges = 1024;
  static constexpr size_t kMaxDuplicates = 32;

  /// `initial` is the first TSN that the peer will use; `delay` how long a SACK may wait (RFC 9260 §6.2: at most 500 ms).
  TsnTracker(Tsn initial, Duration delay);

  int64_t unwrap(Tsn tsn) const { return unwrapTsn(tsn, cumulative_); }
  Verdict check(int64_t tsn) const;
  /// A new one has come, and is kept.
  void record(int64_t tsn);
  void noteDuplicate(Tsn tsn);
  /// All up to `cumulative` are given up by the peer (RFC 3758 §3.6). False: nothing new, or absurdly far ahead.
  bool forward(int64_t cumulative);

  int64_t cumulative() const { return cumulative_; }
  bool hasGaps() const { return !ranges_.empty(); }

  /// A packet with DATA or FORWARD-TSN is through. `immediate`: it had the I bit (RFC 7053 §5), or we were shutting down.
  void packetDone(TimePoint now, bool immediate);
  /// The peer is to hear of us whatever has come: the window has opened again.
  void demand() { due_ = true; }

  bool isDue(TimePoint now) const { return due_ || deadline_ <= now; }
  /// Something has come that no SACK has told of: one may ride on any packet.
  bool isPending() const { return due_ || !deadline_.isNever(); }
  TimePoint nextTimeout() const { return deadline_; }
  void handleTimeout(TimePoint now) {
    if (deadline_ > now) return;
    due_ = true;
    deadline_ = TimePoint::never();
  }

  /// At most `maxSize` bytes on the wire (no less than SackChunk::kHeaderSize).
  void fill(SackChunk& sack, size_t maxSize) const;
  void sent();

 private:
  struct Range {
    int64_t first;
    int64_t last;
  };
  size_t behind(int64_t tsn) const;
  void absorb();

  Duration delay_;
  int64_t cumulative_;
  std::vector<Range> ranges_;  // above cumulative_, rising, never touching
  std::vector<Tsn> duplicates_;
  unsigned packets_ = 0;  // with data, since the last SACK
  bool due_ = false;
  bool gapsBefore_ = false;
  TimePoint deadline_ = TimePoint::never();
};

}  // namespace tincan::inline v0::sctp

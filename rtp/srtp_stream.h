#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tincan::inline v0::rtp {

/// The packet indices of one SSRC that were seen: the highest, and which of the 1,024 up to it (RFC 3711 §3.3.2).
/// Guards receivers against replay, and senders against using an index (that is, a key stream) twice.
class ReplayWindow {
 public:
  static constexpr uint64_t kSize = 1024;

  enum class Verdict : uint8_t { kNew, kSeen, kTooOld };
  Verdict check(uint64_t index) const {
    if (!started_ || index > highest_) return Verdict::kNew;
    if (highest_ - index >= kSize) return Verdict::kTooOld;
    return (word(index) & bit(index)) != 0 ? Verdict::kSeen : Verdict::kNew;
  }
  /// Call for indices that `check` called new, after authentication.
  void add(uint64_t index) {
    if (!started_) {
      started_ = true;
      highest_ = index;
    } else if (index > highest_) {
      if (index != highest_ + 1) clearBetween(highest_ + 1, index);
      highest_ = index;
    }
    word(index) |= bit(index);
  }
  /// Everything up to `index` counts as seen.
  void closeUpTo(uint64_t index);

  bool started() const { return started_; }
  /// Of no meaning before `started`.
  uint64_t highest() const { return highest_; }

 private:
  static constexpr uint64_t kWordBits = 64;
  static constexpr uint64_t kWords = kSize / kWordBits;

  uint64_t& word(uint64_t index) { return bits_[index / kWordBits % kWords]; }
  uint64_t word(uint64_t index) const { return bits_[index / kWordBits % kWords]; }
  static uint64_t bit(uint64_t index) { return uint64_t{1} << index % kWordBits; }
  void clearBetween(uint64_t from, uint64_t to);

  // A ring: index i lives in bit i mod 1,024. Bits of indices above highest_ are clear.
  std::array<uint64_t, kWords> bits_{};
  uint64_t highest_ = 0;
  bool started_ = false;
};

/// The 48-bit index that a 16-bit sequence number stands for, by the shortest way from the highest index so far
/// (RFC 3711 §3.3.1 and appendix A). A first packet has rollover counter 0; its receiver tries 1 as well. None when the rollover counter would pass
/// its 32 bits: the key is exhausted.
inline std::optional<uint64_t> estimateIndex(const ReplayWindow& window, uint16_t sequenceNumber) {
  constexpr uint64_t kMaxRollover = 0xffffffff;
  constexpr uint16_t kHalf = 0x8000;
  if (!window.started()) return sequenceNumber;
  const uint64_t rollover = window.highest() >> 16;
  const auto last = static_cast<uint16_t>(window.highest());
  // RFC 3711 appendix A: of the rollover counter, the one before and the one after, the nearest.
  if (last < kHalf) {
    // Before the first wrap there is no counter before: a number far ahead is a jump ahead.
    const bool before = sequenceNumber - last > kHalf && rollover > 0;
    return (before ? rollover - 1 : rollover) << 16 | sequenceNumber;
  }
  if (last - kHalf <= sequenceNumber) return rollover << 16 | sequenceNumber;
  // RFC 3711 §9.2: 2^48 packets under one key and no more.
  if (rollover == kMaxRollover) return std::nullopt;
  return (rollover + 1) << 16 | sequenceNumber;
}

/// The replay windows of the SSRCs in one direction, at most `capacity`. When they are full the one that was quiet the
/// longest retires: only its highest index is kept (16 bytes, at most kMaxRetired of them), so that a come-back goes on
/// behind it and nothing of it can be replayed. When those are full too, a sender refuses new SSRCs, for an index may
/// never come twice under one key (RFC 3711 §9.1). A receiver forgets the one that retired first: a peer that has had
/// thousands of SSRCs must not be deaf to its next for ever.
class SrtpStreams {
 public:
  static constexpr size_t kMaxRetired = 4096;

  enum class WhenFull : uint8_t { kRefuse, kForget };

  explicit SrtpStreams(size_t capacity, WhenFull whenFull = WhenFull::kRefuse);

  /// The window of an SSRC: a blank one when it is new, without making room for it yet. Null when it is new and there
  /// is no room. Valid until the next call.
  const ReplayWindow* find(uint32_t ssrc) { return isLast(ssrc) ? &streams_[last_].window : search(ssrc); }
  /// Marks an authenticated index of an SSRC that `find` has just answered for.
  void add(uint32_t ssrc, uint64_t index) {
    Stream& stream = isLast(ssrc) ? streams_[last_] : materialize(ssrc);
    stream.window.add(index);
    stream.lastUse = ++uses_;
  }
  /// Everything up to `index` counts as seen for this SSRC; makes room for it. False when there is none.
  bool start(uint32_t ssrc, uint64_t index);
  size_t size() const { return ssrcs_.size(); }

 private:
  struct Retired {
    uint32_t ssrc;
    uint64_t highest;
  };
  struct Stream {
    ReplayWindow window;
    uint64_t lastUse = 0;
  };
  static constexpr size_t kNone = SIZE_MAX;

  // Packets of one SSRC come in runs.
  bool isLast(uint32_t ssrc) const { return ssrc == lastSsrc_ && last_ != kNone; }
  const ReplayWindow* search(uint32_t ssrc);
  size_t position(uint32_t ssrc) const;
  Stream& materialize(uint32_t ssrc);
  void retireQuietest();

  size_t capacity_;
  WhenFull whenFull_;
  size_t last_ = kNone;  // where the last search ended, and for whom
  uint32_t lastSsrc_ = 0;
  uint64_t uses_ = 0;
  // Side by side, so that the search runs over SSRCs alone.
  std::vector<uint32_t> ssrcs_;
  std::vector<Stream> streams_;
  std::vector<Retired> retired_;  // the one that retired first is first
  ReplayWindow candidate_;        // what find() shows of an SSRC that has no place yet
};

}  // namespace tincan::inline v0::rtp

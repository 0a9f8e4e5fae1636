#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/packet_buffer.h"
#include "base/sequence.h"
#include "base/time.h"
#include "media/jitter_buffer/decodable_frames.h"
#include "media/jitter_buffer/packet_ring.h"

namespace tincan::inline v0::media {

/// The packets of one video stream that are held, in their order: from the head on, which is the first that is still
/// wanted, to the newest. Knows which pictures behind the head are whole. Owned by a VideoJitterBuffer, which makes frames
/// of them and says where the head is.
///
///     out, or given up │ head … a gap … a whole picture … the next keyframe … the newest
class HeldPackets {
 public:
  using Slot = PacketRing::Slot;
  enum class Place : uint8_t {
    kInOrder,
    kStray,       ///< far from all others: the next number may show that it begins a new sequence
    kNewSequence  ///< and this one does
  };
  /// A picture that is whole and can be decoded without what is missing in front of it.
  struct Picture {
    int64_t start = 0;
    uint32_t timestamp = 0;
    TimePoint received;
  };

  explicit HeldPackets(size_t maxSlots) : ring_(maxSlots) {}

  /// Where a number stands. Of a new sequence `sequence` means nothing.
  Place place(uint16_t number, int64_t& sequence) {
    sequence = sequences_.peek(number);
    if (sequence - highest_ > kMaxDropout || highest_ - sequence > kMaxDropout) {
      const bool second = afterJump_ == number;
      afterJump_ = static_cast<uint16_t>(number + 1);
      return second ? Place::kNewSequence : Place::kStray;
    }
    afterJump_.reset();
    if (sequence > highest_) sequences_.unwrap(number);
    return Place::kInOrder;
  }
  /// The order begins anew with this number, of which it gives the place; what is held has to be dropped before.
  int64_t begin(uint16_t number);
  /// Whether there is room for it beside all from the head on.
  bool reserve(int64_t sequence) { return ring_.reserve(head_, sequence); }
  /// Likewise, from an older one on than the head.
  bool reserveFrom(int64_t oldest) { return ring_.reserve(oldest, highest_); }
  /// The place for a number that `reserve` allowed and `find` did not find.
  Slot& put(int64_t sequence) {
    highest_ = std::max(highest_, sequence);
    return ring_.put(sequence);
  }
  const Slot* find(int64_t sequence) const { return ring_.find(sequence); }
  /// The first that is held from this one on, with its number.
  const Slot* findFrom(int64_t& sequence) const {
    for (; sequence <= highest_; ++sequence)
      if (const Slot* slot = ring_.find(sequence)) return slot;
    return nullptr;
  }

  int64_t head() const { return head_; }
  int64_t highest() const { return highest_; }
  size_t size() const { return ring_.size(); }
  const PacketRing& ring() const { return ring_; }
  /// Drops what is in front of the new head; gives how many there were.
  size_t moveHead(int64_t to) {
    const size_t dropped = ring_.dropRange(head_, to);
    head_ = to;
    return dropped;
  }
  size_t dropAll() { return ring_.dropRange(head_, highest_ + 1); }
  /// Of what no keyframe has begun, as much is kept as may be the rest of one; gives how many were dropped.
  size_t forgetOld(TimePoint now, Duration maxAge);

  /// The first keyframe start that is held behind the head's frame.
  std::optional<int64_t> nextKeyFrame() const { return nextKeyFrame_; }
  bool keyFrameIsWhole() const;
  /// One has begun there.
  void noteKeyFrame(int64_t sequence);
  /// Looks for it where the head has passed it. Each slot is passed once for each time that it lies behind a keyframe's
  /// start, so this is cheap over a stream's life.
  void seekKeyFrame();
  void forgetKeyFrame() { nextKeyFrame_.reset(); }
  /// The first such picture behind the gap at `gap`; `ofHead` is the timestamp of the picture with the gap.
  std::optional<Picture> decodableBehind(int64_t gap, std::optional<uint32_t> ofHead,
                                         const DecodableFrames& frames) const;

  static constexpr int64_t kKeptBeforeFirst = 64;

 private:
  // RFC 3550 A.1: numbers further away than this belong to a sequence begun anew, once two of them have come in a row.
  static constexpr int64_t kMaxDropout = 3000;

  bool isOfHeadFrame(const Slot& slot) const;
  std::optional<int64_t> endOfPicture(const Slot& first, const DecodableFrames& frames, DecodableFrames::Picture& told,
                                      TimePoint& received) const;

  PacketRing ring_;
  SequenceUnwrapper<uint16_t> sequences_;
  int64_t head_ = 0;
  int64_t highest_ = 0;  // the newest
  std::optional<uint16_t> afterJump_;
  std::optional<int64_t> nextKeyFrame_;
};

}  // namespace tincan::inline v0::media

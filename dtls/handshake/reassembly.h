#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "dtls/handshake/message.h"

namespace tincan::inline v0::dtls {

/// Puts handshake messages together from fragments that come in any order, overlap, repeat or lie, and gives them out
/// in the order of their message_seq (RFC 6347 §4.2.3). Owned by the Link.
///
/// In the clear anyone can send a fragment, so none of them wins by being first: fragments that contradict each other
/// build several variants of the message side by side, and each that is whole is given out until one is believed.
///
/// Bounds: 64 KiB a message, 128 KiB in all (by the lengths that are claimed), kAhead messages ahead of the next one,
/// kMaxVariants of each.
class Reassembly {
 public:
  enum class Outcome : uint8_t {
    kTaken,
    kOld,      ///< part of a message that was given out: the peer retransmits
    kRefused,  ///< breaks its own bounds, or one of ours
  };
  static constexpr size_t kMaxHeld = 131072;
  static constexpr uint16_t kAhead = 16;
  static constexpr size_t kMaxVariants = 4;

  Outcome add(const FragmentHeader& header, ByteView fragment, uint64_t epoch);
  /// The next message in order, once it is whole.
  std::optional<HandshakeMessage> next();
  /// Waits again for the message that was given out last, as if it had never come. What else is held of it, other
  /// variants that may be the genuine one, is given out next.
  void stepBack();
  /// Likewise; but the peer may have used up this message_seq, which a message behind it under keys will show.
  void stepOver();

  /// A server that keeps nothing of first hellos takes messages 0 and 1 in any order and any number, as each of them may
  /// be the first or the second of somebody else. Until settle().
  void open() { open_ = true; }
  /// This one was believed: what comes behind it is awaited now.
  void settle(uint16_t sequence) {
    open_ = false;
    next_ = static_cast<uint16_t>(sequence + 1);
  }

  /// What was believed was not the peer's: waits for this message and those behind it again, and forgets what is held.
  void rewind(uint16_t sequence) {
    held_.clear();
    heldBytes_ = 0;
    steppedOver_.reset();
    next_ = sequence;
  }

  /// Forgets what came ahead under older keys than these, and takes no more of it.
  void dropBefore(uint64_t epoch);

  uint16_t nextSequence() const { return next_; }
  /// Whether part of a message waits for the rest of it.
  bool hasPartial() const { return !held_.empty(); }
  size_t heldBytes() const { return heldBytes_; }

 private:
  struct Partial {
    HandshakeType type;
    uint64_t epoch;
    Bytes body;
    std::vector<bool> have;
    size_t missing;
    bool agrees(const FragmentHeader& header, ByteView fragment) const;
    void put(size_t offset, ByteView fragment);
  };
  using Variants = std::vector<Partial>;  // the oldest first
  bool makeRoom(uint16_t sequence, size_t size);
  void drop(std::map<uint16_t, Variants>::iterator at);
  std::optional<HandshakeMessage> takeWhole(std::map<uint16_t, Variants>::iterator at);
  void dropGivenOut();

  std::map<uint16_t, Variants> held_;
  size_t heldBytes_ = 0;
  uint64_t oldestEpoch_ = 0;
  uint16_t next_ = 0;
  bool open_ = false;
  std::optional<uint16_t> steppedOver_;
};

}  // namespace tincan::inline v0::dtls

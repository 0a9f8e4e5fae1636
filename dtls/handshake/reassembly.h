#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "dtls/handshake/message.h"

namespace tincan::dtls {

/// Puts handshake messages together from fragments that come in any order, overlap, repeat or lie, and gives them out
/// in the order of their message_seq (RFC 6347 §4.2.3). Owned by the Link.
///
/// Bounds: 64 KiB a message, 128 KiB in all (by the lengths that are claimed), kAhead messages ahead of the next one.
class Reassembly {
 public:
  enum class Outcome : uint8_t {
    kTaken,
    kOld,      ///< part of a message that was given out: the peer retransmits
    kRefused,  ///< breaks its own bounds, or one of ours
  };
  static constexpr size_t kMaxHeld = 131072;
  static constexpr uint16_t kAhead = 16;

  Outcome add(const FragmentHeader& header, ByteView fragment, uint64_t epoch);
  /// The next message in order, once it is whole.
  std::optional<HandshakeMessage> next();
  /// Waits again for the message that was given out last, as if it had never come.
  void stepBack();

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
  };
  bool makeRoom(uint16_t sequence, size_t size);
  void drop(uint16_t sequence);

  std::map<uint16_t, Partial> held_;
  size_t heldBytes_ = 0;
  uint64_t oldestEpoch_ = 0;
  uint16_t next_ = 0;
};

}  // namespace tincan::dtls

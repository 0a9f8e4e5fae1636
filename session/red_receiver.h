#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/packet_buffer.h"
#include "base/sequence.h"
#include "rtp/payload/red.h"
#include "rtp/received_packet.h"

namespace tincan::inline v0::session {

/// Audio RED (RFC 2198) of one stream that we hear, taken apart: the newest block is the packet itself, and what is
/// repeated becomes a packet of its own where its own did not come. Owned by InboundStream.
///
///     RED ─► the packets that it repeats and that have not come, oldest first (poll) ─► the packet that it is
///
/// A repeated block says when it was, not which number it had: of n blocks in front of the newest the i-th before it has
/// the i-th number before it, as senders repeat what they sent last (Chromium's do).
class RedReceiver {
 public:
  struct Stats {
    uint64_t blocks = 0;     ///< that repeat something
    uint64_t bytes = 0;      ///< of them
    uint64_t discarded = 0;  ///< what they repeat is there
  };

  RedReceiver(PayloadType red, PacketPool& pool) : red_(red), pool_(pool) {}

  /// Each packet of the stream, which is changed in place when it is RED. False when it is malformed.
  bool receive(rtp::ReceivedPacket& packet);
  /// The next of those that have not come; to be used before the packet itself.
  bool poll(PacketBuffer& out);
  PayloadType type() const { return red_; }
  const Stats& stats() const { return stats_; }

 private:
  static constexpr size_t kMostCopies = 9;  // as many as libwebrtc sends, and as RedEncoder
  bool note(uint16_t sequence);
  void repeat(const rtp::ReceivedPacket& packet, const rtp::RedBlock& block, uint16_t sequence);

  PayloadType red_;
  PacketPool& pool_;
  std::array<PacketBuffer, kMostCopies> copies_;
  size_t count_ = 0, next_ = 0;  // of copies_
  SequenceUnwrapper<uint16_t> sequences_;
  int64_t highest_ = 0;
  uint64_t heard_ = 0;  // bit i: the packet i numbers behind highest_ has come, or was repeated
  Stats stats_;
};

}  // namespace tincan::inline v0::session

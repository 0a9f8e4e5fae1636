#pragma once

#include "base/bytes.h"
#include "base/packet_buffer.h"

namespace tincan::inline v0::stun {

/// Cuts the bytes of a TCP or TLS stream into STUN messages and ChannelData (RFC 8489 §6.2.2, RFC 8656 §12.5). Owned by
/// whoever owns the stream.
///
///     kReading ── a byte that begins neither, or a message longer than a packet buffer ──> kBroken (for good)
///
/// Invariant: holds less than one message and one chunk.
class StreamSplitter {
 public:
  enum class State : uint8_t { kReading, kBroken };

  /// The stream's next bytes; false once it is broken: close it.
  [[nodiscard]] bool push(ByteView chunk);
  /// The next whole message, padding included; false when there is none yet. A message whose buffer could not be had is
  /// skipped.
  bool pop(PacketPool& pool, PacketBuffer& out);
  bool broken() const { return state_ == State::kBroken; }
  size_t held() const { return bytes_.size() - at_; }

 private:
  /// Of the message at the front, padding included; 0 when its header is not whole yet.
  size_t nextSize();

  State state_ = State::kReading;
  Bytes bytes_;
  size_t at_ = 0;  ///< what is before has been given out
};

}  // namespace tincan::inline v0::stun

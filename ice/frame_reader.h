#pragma once

#include <array>

#include "base/packet_buffer.h"
#include "base/ring.h"

namespace tincan::inline v0::ice {

/// Cuts a stream back into the packets that were framed into it (RFC 4571 §2). Owned by whoever owns the stream; chunks
/// may be cut anywhere.
///
///     0                   1
///     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
///    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///    |            length             |
///    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///    |  a STUN message, a DTLS record, an RTP or RTCP packet, …
///
/// Holds one packet at most. One that is longer than a packet buffer is skipped, byte by byte, and counted.
class FrameReader {
 public:
  static constexpr size_t kHeader = 2;
  static constexpr size_t kMaxFrame = PacketBuffer::kCapacity - PacketBuffer::kHeadroom;

  /// Whole packets go to the end of `out`.
  void read(ByteView chunk, PacketPool& pool, Ring<PacketBuffer>& out);
  size_t skipped() const { return skipped_; }

 private:
  void begin(PacketPool& pool);

  std::array<uint8_t, kHeader> header_{};
  size_t headerSize_ = 0;  ///< of the next packet's length, that have come
  size_t wanted_ = 0;      ///< of the current packet, that have not come
  PacketBuffer packet_;    ///< empty handle: the packet is being skipped
  size_t skipped_ = 0;
};

}  // namespace tincan::inline v0::ice

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/strong_id.h"

// Redundant audio data (RFC 2198), which WebRTC also wraps around ULPFEC.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |1|   block PT  |  timestamp offset         |   block length    |  for each block that repeats
//     |0|   block PT  |                                                  the newest, at the end
namespace tincan::inline v0::rtp {

struct RedBlock {
  static constexpr uint32_t kMaxTimestampOffset = 0x3fff;  // 14 bits
  static constexpr size_t kMaxLength = 0x3ff;              // 10 bits

  PayloadType payloadType;
  uint32_t timestampOffset = 0;  ///< how much older than the packet's timestamp; 0 for the primary
  ByteView payload;
};

/// A RED payload taken apart: redundant blocks, oldest first, and the primary last. Views point into the packet.
class RedPayload {
 public:
  /// Of what a sender may put in one packet: libwebrtc sends at most nine generations, and asks for no more.
  static constexpr size_t kMaxBlocks = 32;

  /// False when a length lies, there are too many blocks, or one is RED itself (`redType`): nobody takes RED in RED
  /// apart without end.
  bool parse(ByteView payload, PayloadType redType);
  std::span<const RedBlock> blocks() const { return {blocks_.data(), count_}; }
  const RedBlock& primary() const { return blocks_[count_ - 1]; }

 private:
  std::array<RedBlock, kMaxBlocks> blocks_;
  size_t count_ = 0;
};

/// Writes `blocks` (the primary last) behind what `out` holds; false (and nothing written) when it does not fit or
/// cannot be said.
bool writeRed(std::span<const RedBlock> blocks, PacketBuffer& out);

/// Sends each audio frame again with the frames after it. Owned by the sending stream; holds copies of the last frames.
class RedEncoder {
 public:
  static constexpr size_t kMaxGenerations = 9;

  /// `generations`: how many frames back are repeated.
  RedEncoder(PayloadType type, size_t generations);
  /// From the next frame on. 0 forgets those before it: nothing that was sent otherwise since is repeated.
  void setGenerations(size_t generations);
  /// The RED payload of a frame, into an empty packet. Redundant blocks that are too old, too long, or do not fit into
  /// `maxPayload` are left out, the oldest first; false when not even the frame fits.
  bool encode(uint32_t timestamp, ByteView frame, size_t maxPayload, PacketBuffer& out);

 private:
  struct Kept {
    uint32_t timestamp = 0;
    uint16_t size = 0;
    std::array<uint8_t, RedBlock::kMaxLength> bytes;
  };
  void keep(uint32_t timestamp, ByteView frame);

  PayloadType type_;
  size_t generations_;
  std::array<Kept, kMaxGenerations> kept_;  // a ring
  size_t newest_ = 0;
  size_t count_ = 0;
};

}  // namespace tincan::inline v0::rtp

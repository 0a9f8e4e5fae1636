#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/strong_id.h"
#include "rtp/repair/fec_packet.h"

namespace tincan::inline v0::rtp {

/// Makes parity packets for groups of media packets (a frame, say). Of m parity packets the j-th covers every m-th
/// media packet from the j-th on: any single loss is repaired, and any burst of up to m. Owned by the sending stream.
class FecEncoder {
 public:
  explicit FecEncoder(FecScheme scheme) : scheme_(scheme) {}

  /// How many parity packets `protection` (of 256, as libwebrtc counts) asks for: rounded, at least one unless it is 0,
  /// at most as many as there are media packets.
  static size_t parityCount(size_t mediaPackets, uint8_t protection);

  /// Starts a group of RTP packets of one stream, in ascending order, as they are before encryption. They are kept as
  /// views: they must outlive the calls of `next`. False, and no parity, when one is no RTP, they are of several
  /// streams, or span more numbers than the scheme's mask.
  bool protect(std::span<const ByteView> media, uint8_t protection);
  /// Appends the payload of the next parity packet to an empty packet; false when none is left or it does not fit. Its
  /// RTP header is the caller's: RED with the media's own SSRC and numbering for ULPFEC (RFC 5109 §14.1), an SSRC of
  /// its own for FlexFEC.
  bool next(PacketBuffer& out);
  size_t parityLeft() const { return parity_ - next_; }

 private:
  FecScheme scheme_;
  std::span<const ByteView> media_;
  size_t parity_ = 0;
  size_t next_ = 0;
};

}  // namespace tincan::inline v0::rtp

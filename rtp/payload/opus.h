#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/time.h"

namespace tincan::inline v0::rtp {

/// RFC 7587 §4.1: the RTP clock of Opus runs at 48 kHz whatever the codec does inside.
constexpr uint32_t kOpusClockRate = 48000;

/// What an Opus packet says about itself (RFC 6716 §3.1).
///
///       0 1 2 3 4 5 6 7
///      +-+-+-+-+-+-+-+-+
///      | config  |s| c |
///      +-+-+-+-+-+-+-+-+
struct OpusPacketInfo {
  uint8_t config = 0;
  uint8_t channels = 1;
  uint8_t frames = 1;
  uint32_t samples = 0;  ///< of the whole packet at 48 kHz, at most 5,760 (RFC 6716 §3.4, R5: 120 ms)
  bool dtx = false;      ///< carries no sound: its frames are of a byte or less (RFC 6716 §2.1.9)

  /// False when it is empty, or its frame count is none or is longer than 120 ms.
  static bool parse(ByteView packet, OpusPacketInfo& out);
  Duration duration() const { return Duration::micros(int64_t{samples} * 1'000'000 / kOpusClockRate); }
};

/// Whether the packet's first frame repeats the one before it (RFC 6716 §2.1.7): its SILK layer says so in an LBRR flag
/// behind the VAD flags (§4.2.3). False where there is no SILK layer.
bool hasOpusCopy(ByteView packet);

/// RFC 7587 §4.2: one Opus packet is one payload. The same shape as the video packetizers, so that a sender can treat
/// both alike; a packet larger than `maxPayload` cannot be split and gives none.
class OpusPacketizer {
 public:
  void setFrame(ByteView packet, size_t maxPayload) { packet_ = packet.size() <= maxPayload ? packet : ByteView(); }
  bool next(PacketBuffer& out, bool& last);
  size_t packetsLeft() const { return packet_.empty() ? 0 : 1; }

 private:
  ByteView packet_;
};

}  // namespace tincan::inline v0::rtp

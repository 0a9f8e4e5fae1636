#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/strong_id.h"
#include "rtp/received_packet.h"

namespace tincan::inline v0::rtp {

// The retransmission payload format (RFC 4588 §4): the header of the original (its own SSRC, payload type and sequence
// number aside), then
//
//      0                   1
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |  original sequence number     |
//     |  original payload …           |

/// Payload types and their retransmission types (`a=fmtp:97 apt=96`), both ways.
class RtxPayloadTypes {
 public:
  void add(PayloadType media, PayloadType rtx);
  std::optional<PayloadType> rtxFor(PayloadType media) const;
  std::optional<PayloadType> mediaFor(PayloadType rtx) const;

 private:
  static constexpr uint8_t kNone = 0xff;
  static constexpr std::array<uint8_t, 128> none() {
    std::array<uint8_t, 128> all{};
    all.fill(kNone);
    return all;
  }
  std::array<uint8_t, 128> toRtx_ = none();
  std::array<uint8_t, 128> toMedia_ = none();
};

/// Builds retransmission packets of one stream. Owned by the sending stream; `firstSequence` should be random.
class RtxSender {
 public:
  RtxSender(Ssrc rtxSsrc, uint16_t firstSequence, const RtxPayloadTypes& types)
      : ssrc_(rtxSsrc), nextSequence_(firstSequence), types_(types) {}

  /// Fills `out` (an empty packet) with the retransmission of `original`, extensions kept, padding dropped. False, and
  /// no sequence number used, when `original` is no RTP, its payload type has no retransmission type, or it does not
  /// fit.
  bool build(ByteView original, PacketBuffer& out);
  /// A packet of padding alone (1…255 bytes), to probe with; `mediaType` picks the retransmission type.
  bool buildPadding(PayloadType mediaType, uint32_t timestamp, uint8_t size, PacketBuffer& out,
                    ByteView extensionBlock = {});

  Ssrc ssrc() const { return ssrc_; }
  uint16_t nextSequence() const { return nextSequence_; }

 private:
  Ssrc ssrc_;
  uint16_t nextSequence_;
  RtxPayloadTypes types_;
};

/// Turns retransmission packets of one stream back into the originals, in place. Which media SSRC a retransmission SSRC
/// repairs (ssrc-group FID, or rrid) the caller knows.
class RtxReceiver {
 public:
  enum class Outcome : uint8_t {
    kRestored,
    kPadding,    ///< nothing in it: a probe
    kMalformed,  ///< no RTP, or an unknown payload type
  };
  struct Stats {
    uint64_t restored = 0;
    uint64_t padding = 0;
    uint64_t malformed = 0;
  };

  RtxReceiver(Ssrc mediaSsrc, const RtxPayloadTypes& types) : mediaSsrc_(mediaSsrc), types_(types) {}

  /// Any outcome but kRestored leaves the packet as it was.
  Outcome restore(PacketBuffer& packet);
  /// The same for one that is parsed already; its header then is the original's, and it counts as recovered.
  Outcome restore(ReceivedPacket& packet);
  /// After a negotiation.
  void setTypes(const RtxPayloadTypes& types) { types_ = types; }
  const Stats& stats() const { return stats_; }

 private:
  Outcome restoreInPlace(PacketBuffer& packet, Header& header);
  Outcome count(Outcome outcome);

  Ssrc mediaSsrc_;
  RtxPayloadTypes types_;
  Stats stats_;
};

}  // namespace tincan::inline v0::rtp

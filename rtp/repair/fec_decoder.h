#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/strong_id.h"
#include "rtp/repair/fec_packet.h"

namespace tincan::inline v0::rtp {

/// Repairs lost packets of one media stream from parity packets. What it repairs counts as received for other parity
/// packets, so that one repair may lead to the next; each parity packet is used once, so that it ends. Owned by the
/// receiving stream.
///
/// Bounds: copies of the last kMediaPackets media packets and of kParityPackets parity packets.
class FecDecoder {
 public:
  static constexpr size_t kMediaPackets = 256;  // above twice the widest mask
  static constexpr size_t kParityPackets = 48;  // as many as libwebrtc makes for a group
  struct Stats {
    uint64_t parityPackets = 0;
    uint64_t recovered = 0;
    uint64_t malformed = 0;  ///< parity that lies: about its own length, or that of the packet it would repair
    uint64_t unused = 0;     ///< nothing was lost, or too much
  };

  FecDecoder(FecScheme scheme, Ssrc media, PacketPool& pool);

  /// A media packet, decrypted, as it was sent (with ULPFEC: out of its RED, see unwrapRed). Repairs made possible by
  /// it wait for `poll`.
  void receiveMedia(ByteView packet);
  /// The payload of a parity packet.
  void receiveParity(ByteView payload);
  /// The next packet that was repaired; whole, with its header.
  bool poll(PacketBuffer& out);
  const Stats& stats() const { return stats_; }

 private:
  struct Media {
    bool used = false;
    uint16_t sequence = 0;
    PacketBuffer packet;
  };
  struct Parity {
    FecPacket fec;    // its body points into `packet`
    FecMask missing;  // of its mask
    PacketBuffer packet;
  };

  const Media* find(uint16_t sequence) const;
  bool keep(uint16_t sequence, PacketBuffer packet);
  void note(uint16_t sequence);
  void forgetOld();
  void repairAll();
  bool repair(Parity& parity);

  FecScheme scheme_;
  Ssrc ssrc_;
  PacketPool& pool_;
  bool started_ = false;
  uint16_t newest_ = 0;
  std::array<Media, kMediaPackets> media_;  // by sequence number
  std::vector<Parity> parity_;
  std::vector<PacketBuffer> recovered_;  // a queue from nextRecovered_ on
  size_t nextRecovered_ = 0;
  Stats stats_;
};

/// Takes the RED header of one block off an RTP packet, in place: the media packet as it was, or a parity packet in
/// RTP. False, and nothing changed, when it is no RTP, its type is not `redType`, or it holds more than one block or
/// RED again.
[[nodiscard]] bool unwrapRed(PacketBuffer& packet, PayloadType redType);

}  // namespace tincan::inline v0::rtp

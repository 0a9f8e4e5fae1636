#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "rtp/header.h"
#include "rtp/repair/fec_packet.h"

namespace tincan::inline v0::rtp {

/// XORs what FEC covers of an RTP packet into `fields` and `body`. What is longer than `body` is left out: a parity
/// packet that is too short to cover it is a lie.
inline void xorPacket(ByteView packet, FecPacket& fields, MutableByteView body) {
  fields.first ^= packet[0] & 0x3f;
  fields.second ^= packet[1];
  fields.timestamp ^= loadBe32(packet.data() + 4);
  fields.length ^= static_cast<uint16_t>(packet.size() - kFixedHeaderSize);
  const uint8_t* from = packet.data() + kFixedHeaderSize;
  const size_t size = std::min(body.size(), packet.size() - kFixedHeaderSize);
  for (size_t i = 0; i < size; ++i) body[i] ^= from[i];
}

}  // namespace tincan::inline v0::rtp

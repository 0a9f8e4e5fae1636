#include "rtp/header.h"

namespace tincan::inline v0::rtp {

bool appendPadding(PacketBuffer& packet, uint8_t size) {
  if (size == 0 || packet.size() < kFixedHeaderSize) return false;
  uint8_t* padding = packet.append(size);
  if (!padding) return false;
  std::memset(padding, 0, size);
  padding[size - 1] = size;
  packet.data()[0] |= kRtpPaddingBit;
  return true;
}

}  // namespace tincan::inline v0::rtp

#include "rtp/repair/fec_encoder.h"

#include <algorithm>
#include <cstring>

#include "rtp/repair/fec_xor.h"

namespace tincan::inline v0::rtp {

size_t FecEncoder::parityCount(size_t mediaPackets, uint8_t protection) {
  if (protection == 0 || mediaPackets == 0) return 0;
  return std::clamp<size_t>((mediaPackets * protection + 128) / 256, 1, mediaPackets);
}

bool FecEncoder::protect(std::span<const ByteView> media, uint8_t protection) {
  media_ = {};
  parity_ = next_ = 0;
  const size_t maxSpan = scheme_ == FecScheme::kUlpfec ? FecPacket::kUlpfecMaxMask : FecMask::kSize;
  int last = -1;
  for (const ByteView packet : media) {
    Header header;
    Header first;
    if (!Header::parse(packet, header) || !Header::parse(media.front(), first)) return false;
    const auto offset = static_cast<uint16_t>(header.sequenceNumber - first.sequenceNumber);
    if (header.ssrc != first.ssrc || offset >= maxSpan || offset <= last) return false;
    last = offset;
  }
  media_ = media;
  parity_ = parityCount(media.size(), protection);
  return true;
}

bool FecEncoder::next(PacketBuffer& out) {
  if (next_ == parity_) return false;
  FecPacket fec;
  fec.base = loadBe16(media_.front().data() + 2);
  fec.protectedSsrc = Ssrc(loadBe32(media_.front().data() + 8));
  size_t bodySize = 0;
  for (size_t i = next_; i < media_.size(); i += parity_) {
    fec.mask.set(static_cast<uint16_t>(loadBe16(media_[i].data() + 2) - fec.base));
    bodySize = std::max(bodySize, media_[i].size() - kFixedHeaderSize);
  }
  const size_t headerSize = fec.headerSize(scheme_);
  uint8_t* bytes = out.append(headerSize + bodySize);
  if (!bytes) return false;
  const MutableByteView body(bytes + headerSize, bodySize);
  std::fill(body.begin(), body.end(), uint8_t{0});
  for (size_t i = next_; i < media_.size(); i += parity_) xorPacket(media_[i], fec, body);
  ++next_;
  return fec.writeHeader(scheme_, bodySize, {bytes, headerSize});
}

}  // namespace tincan::inline v0::rtp

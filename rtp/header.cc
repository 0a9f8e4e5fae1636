#include "rtp/header.h"

namespace tincan::rtp {
namespace {

constexpr uint8_t kVersion = 2;  // RFC 3550 §5.1
constexpr uint8_t kPaddingBit = 0x20;
constexpr uint8_t kExtensionBit = 0x10;

}  // namespace

bool Header::parseProtected(ByteView packet, Header& out) {
  const size_t size = packet.size();
  if (size < kFixedHeaderSize) return false;
  const uint8_t* p = packet.data();
  if (p[0] >> 6 != kVersion) return false;
  out.marker = (p[1] & 0x80) != 0;
  out.payloadType = PayloadType(p[1] & 0x7f);
  out.sequenceNumber = loadBe16(p + 2);
  out.timestamp = loadBe32(p + 4);
  out.ssrc = Ssrc(loadBe32(p + 8));
  out.csrcCount = p[0] & 0x0f;
  out.paddingSize = 0;
  size_t offset = kFixedHeaderSize + size_t{4} * out.csrcCount;
  out.hasExtension = (p[0] & kExtensionBit) != 0;
  out.extensionProfile = 0;
  out.extensionOffset = 0;
  out.extensionSize = 0;
  if (out.hasExtension) {
    // RFC 3550 §5.3.1: sixteen bits of profile, then the body's length in 32-bit words without these four bytes.
    if (size < offset + 4) return false;
    const size_t body = size_t{4} * loadBe16(p + offset + 2);
    if (body > size - offset - 4 || body > 0xffff) return false;
    out.extensionProfile = loadBe16(p + offset);
    out.extensionOffset = static_cast<uint16_t>(offset + 4);
    out.extensionSize = static_cast<uint16_t>(body);
    offset += 4 + body;
  }
  out.headerSize = offset;
  return offset <= size;
}

bool Header::parse(ByteView packet, Header& out) {
  if (!parseProtected(packet, out)) return false;
  if ((packet[0] & kPaddingBit) == 0) return true;
  // RFC 3550 §5.1: the last byte counts the padding, itself included: 0 cannot be.
  const size_t body = packet.size() - out.headerSize;
  if (body == 0) return false;
  out.paddingSize = packet.back();
  return out.paddingSize != 0 && out.paddingSize <= body;
}

size_t writeHeader(MutableByteView out, const Header& header, std::span<const Ssrc> csrcs, ByteView extensionBlock) {
  const size_t size = kFixedHeaderSize + 4 * csrcs.size() + extensionBlock.size();
  if (csrcs.size() > kMaxCsrcs || extensionBlock.size() % 4 != 0 || out.size() < size) return 0;
  uint8_t* p = out.data();
  p[0] = static_cast<uint8_t>(kVersion << 6 | (extensionBlock.empty() ? 0 : kExtensionBit) | csrcs.size());
  p[1] = static_cast<uint8_t>((header.marker ? 0x80 : 0) | (header.payloadType.value() & 0x7f));
  storeBe16(p + 2, header.sequenceNumber);
  storeBe32(p + 4, header.timestamp);
  storeBe32(p + 8, header.ssrc.value());
  p += kFixedHeaderSize;
  for (Ssrc csrc : csrcs) {
    storeBe32(p, csrc.value());
    p += 4;
  }
  if (!extensionBlock.empty()) std::memcpy(p, extensionBlock.data(), extensionBlock.size());
  return size;
}

bool prependHeader(PacketBuffer& packet, const Header& header, std::span<const Ssrc> csrcs, ByteView extensionBlock) {
  const size_t size = kFixedHeaderSize + 4 * csrcs.size() + extensionBlock.size();
  if (csrcs.size() > kMaxCsrcs || extensionBlock.size() % 4 != 0) return false;
  uint8_t* start = packet.prepend(size);
  return start && writeHeader({start, size}, header, csrcs, extensionBlock) == size;
}

bool appendPadding(PacketBuffer& packet, uint8_t size) {
  if (size == 0 || packet.size() < kFixedHeaderSize) return false;
  uint8_t* padding = packet.append(size);
  if (!padding) return false;
  std::memset(padding, 0, size);
  padding[size - 1] = size;
  packet.data()[0] |= kPaddingBit;
  return true;
}

}  // namespace tincan::rtp

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/strong_id.h"

namespace tincan::inline v0::rtp {

constexpr size_t kFixedHeaderSize = 12;
constexpr size_t kMaxCsrcs = 15;  // RFC 3550 §5.1: CC has four bits
constexpr uint8_t kRtpVersion = 2;
constexpr uint8_t kRtpPaddingBit = 0x20;
constexpr uint8_t kRtpExtensionBit = 0x10;

/// An RTP header as values and offsets over a packet that it neither owns nor copies (RFC 3550 §5.1, §5.3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
///     |                           timestamp                           |
///     |                             SSRC                              |
///     |                       CC × CSRC, if any                       |
///     |     extension profile (X)     |  words of extension body (X)  |
///     |                      extension body (X) …                     |
///     |                   payload …  |  padding … and its size (P)    |
///
/// After a successful parse every offset lies inside the packet that was parsed, so that the accessors below need that
/// same packet (or one with the same layout) and check nothing again.
struct Header {
  bool marker = false;
  PayloadType payloadType;
  uint16_t sequenceNumber = 0;
  uint32_t timestamp = 0;
  Ssrc ssrc;

  uint8_t csrcCount = 0;
  uint8_t paddingSize = 0;  ///< with its size byte; 0 when there is none
  bool hasExtension = false;
  uint16_t extensionProfile = 0;  ///< 0xBEDE: one-byte elements, 0x100?: two-byte elements (RFC 8285 §4.2, §4.3)
  uint16_t extensionOffset = 0;   ///< of the body, behind profile and length
  uint16_t extensionSize = 0;     ///< of the body in bytes
  size_t headerSize = kFixedHeaderSize;  ///< offset of the payload

  /// A plain packet. False, and `out` is not to be used, when it is no RTP version 2, when something reaches past its
  /// end, or when its padding says 0 or more than there is. A packet of padding alone is good (a probe).
  static bool parse(ByteView packet, Header& out);
  /// A packet that is still encrypted: as above, but the padding is not looked at (it is ciphertext) and stays 0.
  static bool parseProtected(ByteView packet, Header& out);

  ByteView extension(ByteView packet) const { return packet.subspan(extensionOffset, extensionSize); }
  ByteView payload(ByteView packet) const { return packet.subspan(headerSize, payloadSize(packet)); }
  size_t payloadSize(ByteView packet) const { return packet.size() - headerSize - paddingSize; }
  /// `index` below csrcCount.
  Ssrc csrc(ByteView packet, size_t index) const {
    return Ssrc(loadBe32(packet.data() + kFixedHeaderSize + 4 * index));
  }
};

// In the header, so that a caller that wants three fields pays for three: a packet passes here several times.
inline bool Header::parseProtected(ByteView packet, Header& out) {
  const size_t size = packet.size();
  if (size < kFixedHeaderSize) return false;
  const uint8_t* p = packet.data();
  if (p[0] >> 6 != kRtpVersion) return false;
  out.marker = (p[1] & 0x80) != 0;
  out.payloadType = PayloadType(p[1] & 0x7f);
  out.sequenceNumber = loadBe16(p + 2);
  out.timestamp = loadBe32(p + 4);
  out.ssrc = Ssrc(loadBe32(p + 8));
  out.csrcCount = p[0] & 0x0f;
  out.paddingSize = 0;
  size_t offset = kFixedHeaderSize + size_t{4} * out.csrcCount;
  out.hasExtension = (p[0] & kRtpExtensionBit) != 0;
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

inline bool Header::parse(ByteView packet, Header& out) {
  if (!parseProtected(packet, out)) return false;
  if ((packet[0] & kRtpPaddingBit) == 0) return true;
  // RFC 3550 §5.1: the last byte counts the padding, itself included: 0 cannot be.
  const size_t body = packet.size() - out.headerSize;
  if (body == 0) return false;
  out.paddingSize = packet.back();
  return out.paddingSize != 0 && out.paddingSize <= body;
}

/// Writes marker, payload type, sequence number, timestamp and SSRC of `header`, then the CSRCs, then the extension
/// block (profile, length and body as ExtensionWriter::block() gives them, or nothing). P is left 0: see appendPadding.
/// Gives the size written; 0 when it does not fit, when there are more than 15 CSRCs or when the block is no whole
/// words.
inline size_t writeHeader(MutableByteView out, const Header& header, std::span<const Ssrc> csrcs = {},
                          ByteView extensionBlock = {}) {
  const size_t size = kFixedHeaderSize + 4 * csrcs.size() + extensionBlock.size();
  if (csrcs.size() > kMaxCsrcs || extensionBlock.size() % 4 != 0 || out.size() < size) return 0;
  uint8_t* p = out.data();
  p[0] = static_cast<uint8_t>(kRtpVersion << 6 | (extensionBlock.empty() ? 0 : kRtpExtensionBit) | csrcs.size());
  p[1] = static_cast<uint8_t>((header.marker ? 0x80 : 0) | (header.payloadType.value() & 0x7f));
  storeBe16(p + 2, header.sequenceNumber);
  storeBe32(p + 4, header.timestamp);
  storeBe32(p + 8, header.ssrc.value());
  p += kFixedHeaderSize;
  for (Ssrc csrc : csrcs) {
    storeBe32(p, csrc.value());
    p += 4;
  }
  // Words, not a call: the block of a browser's packet has three or four of them.
  for (size_t at = 0; at < extensionBlock.size(); at += 4) std::memcpy(p + at, extensionBlock.data() + at, 4);
  return size;
}

/// The same in front of the payload that `packet` holds; false (packet unchanged) when there is no room.
[[nodiscard]] inline bool prependHeader(PacketBuffer& packet, const Header& header, std::span<const Ssrc> csrcs = {},
                                        ByteView extensionBlock = {}) {
  const size_t size = kFixedHeaderSize + 4 * csrcs.size() + extensionBlock.size();
  if (csrcs.size() > kMaxCsrcs || extensionBlock.size() % 4 != 0) return false;
  uint8_t* start = packet.prepend(size);
  return start && writeHeader({start, size}, header, csrcs, extensionBlock) == size;
}

/// Adds `size` (1…255) bytes of padding behind a packet with its header and sets P; false when there is no room.
[[nodiscard]] bool appendPadding(PacketBuffer& packet, uint8_t size);

// In-place changes for forwarding; the packet has parsed before.
inline void setMarker(MutableByteView packet, bool marker) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0x7f) | (marker ? 0x80 : 0));
}
inline void setPayloadType(MutableByteView packet, PayloadType type) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0x80) | (type.value() & 0x7f));
}
inline void setSequenceNumber(MutableByteView packet, uint16_t value) {
  storeBe16(packet.data() + 2, value);
}
inline void setTimestamp(MutableByteView packet, uint32_t value) {
  storeBe32(packet.data() + 4, value);
}
inline void setSsrc(MutableByteView packet, Ssrc ssrc) {
  storeBe32(packet.data() + 8, ssrc.value());
}

/// RTCP on the port of RTP is told by its packet type, 192…223, which RTP leaves alone: payload types 64…95 with the
/// marker set (RFC 5761 §4). For packets that RFC 7983 has already called RTP or RTCP.
inline bool isRtcp(ByteView packet) {
  return packet.size() >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

}  // namespace tincan::inline v0::rtp

#include "stun/message.h"

#include <algorithm>
#include <cstring>

#include "crypto/secret.h"
#include "stun/crc32.h"

namespace tincan::inline v0::stun {
namespace {

constexpr size_t padded(size_t size) {
  return (size + 3) & ~size_t{3};
}

// RFC 8489 §5, figure 3: M11…M7 C1 M6…M4 C0 M3…M0.
constexpr Class classOf(uint16_t type) {
  return static_cast<Class>((type >> 7 & 2) | (type >> 4 & 1));
}
constexpr Method methodOf(uint16_t type) {
  return static_cast<Method>((type & 0x000f) | (type >> 1 & 0x0070) | (type >> 2 & 0x0f80));
}

// RFC 8489 §14.1: a zero byte, the family (1: IPv4, 2: IPv6), the port, the address.
std::optional<SocketAddress> readAddress(ByteView value) {
  ByteReader reader(value);
  reader.skip(1);
  const uint8_t family = reader.u8();
  SocketAddress out;
  out.port = reader.u16();
  const ByteView ip = reader.rest();
  if (family == 1 && ip.size() == 4) {
    out.ip = IpAddress::v4(ip);
  } else if (family == 2 && ip.size() == 16) {
    out.ip = IpAddress::v6(ip);
  } else {
    return std::nullopt;
  }
  return out;
}

}  // namespace

bool looksLikeStun(ByteView packet) {
  return packet.size() >= kHeaderSize && packet[0] < 4 && loadBe32(packet.data() + 4) == kMagicCookie;
}

bool Message::parse(ByteView packet, Message& out) {
  if (!looksLikeStun(packet)) return false;
  const uint8_t* p = packet.data();
  // RFC 8489 §5: the length leaves out the header and is a multiple of four; a datagram is exactly one message.
  const size_t length = loadBe16(p + 2);
  if (length % 4 != 0 || length + kHeaderSize != packet.size()) return false;
  const uint16_t type = loadBe16(p);
  out.bytes_ = packet;
  out.class_ = classOf(type);
  out.method_ = methodOf(type);
  std::memcpy(out.id_.data(), p + 8, out.id_.size());
  out.count_ = 0;
  out.integrityAt_ = 0;
  out.hasFingerprint_ = false;
  return out.parseAttributes();
}

bool Message::parseAttributes() {
  const uint8_t* p = bytes_.data();
  size_t at = kHeaderSize;
  size_t seen = 0;
  bool sealed = false;
  while (at < bytes_.size()) {
    // The length is a multiple of four, so the four bytes of an attribute's header are there.
    const auto type = static_cast<AttributeType>(loadBe16(p + at));
    const size_t size = loadBe16(p + at + 2);
    const size_t next = at + 4 + padded(size);
    if (next > bytes_.size() || ++seen > kMaxAttributes) return false;

    bool keep = !sealed;
    switch (type) {
      case AttributeType::kMessageIntegrity:
        if (size != IntegrityKey::kSize) return false;
        if (!sealed) integrityAt_ = static_cast<uint16_t>(at);
        sealed = true;
        break;
      case AttributeType::kMessageIntegritySha256:
        // RFC 8489 §14.6: after MESSAGE-INTEGRITY only this and FINGERPRINT are looked at.
        keep = true;
        sealed = true;
        break;
      case AttributeType::kFingerprint:
        // RFC 8489 §14.7: the last attribute; CRC-32 of all before it, XORed with "STUN".
        if (size != 4 || next != bytes_.size()) return false;
        if (loadBe32(p + at + 4) != (crc32(bytes_.first(at)) ^ kFingerprintXor)) return false;
        hasFingerprint_ = true;
        keep = true;
        break;
      default: break;
    }
    // RFC 8489 §14.5: attributes after MESSAGE-INTEGRITY are ignored.
    if (keep) attributes_[count_++] = {type, static_cast<uint16_t>(at + 4), static_cast<uint16_t>(size)};
    at = next;
  }
  return true;
}

const Message::Attribute* Message::find(AttributeType type) const {
  for (size_t i = 0; i < count_; ++i) {
    if (attributes_[i].type == type) return &attributes_[i];
  }
  return nullptr;
}

std::optional<ByteView> Message::value(AttributeType type) const {
  const Attribute* a = find(type);
  if (!a) return std::nullopt;
  return bytes_.subspan(a->offset, a->size);
}

std::string_view Message::text(AttributeType type) const {
  const auto v = value(type);
  return v ? asText(*v) : std::string_view();
}

std::optional<uint32_t> Message::u32(AttributeType type) const {
  const Attribute* a = find(type);
  if (!a || a->size != 4) return std::nullopt;
  return loadBe32(bytes_.data() + a->offset);
}

std::optional<uint64_t> Message::u64(AttributeType type) const {
  const Attribute* a = find(type);
  if (!a || a->size != 8) return std::nullopt;
  return loadBe64(bytes_.data() + a->offset);
}

std::optional<SocketAddress> Message::address(AttributeType type) const {
  const auto v = value(type);
  return v ? readAddress(*v) : std::nullopt;
}

std::optional<SocketAddress> Message::xorAddress(AttributeType type, size_t skip) const {
  std::optional<SocketAddress> out;
  for (const Attribute& a : attributes()) {
    if (a.type != type || skip-- > 0) continue;
    out = readAddress(bytes_.subspan(a.offset, a.size));
    break;
  }
  if (!out) return std::nullopt;
  // RFC 8489 §14.2: the port with the top of the cookie, the address with cookie and transaction id: bytes 4 to 19.
  out->port = static_cast<uint16_t>(out->port ^ kMagicCookie >> 16);
  std::array<uint8_t, 16> ip{};
  const ByteView masked = out->ip.bytes();
  for (size_t i = 0; i < masked.size(); ++i) ip[i] = masked[i] ^ bytes_[4 + i];
  out->ip = masked.size() == 4 ? IpAddress::v4(ByteView(ip).first(4)) : IpAddress::v6(ip);
  return out;
}

std::optional<SocketAddress> Message::mappedAddress() const {
  if (auto out = xorAddress(AttributeType::kXorMappedAddress)) return out;
  return address(AttributeType::kMappedAddress);
}

std::optional<Message::ErrorCode> Message::errorCode() const {
  const auto v = value(AttributeType::kErrorCode);
  if (!v) return std::nullopt;
  // RFC 8489 §14.8: 21 zero bits, the hundreds (3 to 6), the rest (0 to 99), a phrase in UTF-8.
  ByteReader reader(*v);
  reader.skip(2);
  const uint8_t hundreds = reader.u8() & 7;
  const uint8_t rest = reader.u8();
  if (!reader.ok() || hundreds < 3 || hundreds > 6 || rest > 99) return std::nullopt;
  return ErrorCode{static_cast<uint16_t>(hundreds * 100 + rest), asText(reader.rest())};
}

IntegrityCheck Message::checkIntegrity(const IntegrityKey& key) const {
  if (integrityAt_ == 0) return IntegrityCheck::kMissing;
  const auto expected = key.sign(bytes_, integrityAt_);
  const ByteView actual = bytes_.subspan(integrityAt_ + 4u, IntegrityKey::kSize);
  return crypto::equalConstantTime(expected, actual) ? IntegrityCheck::kValid : IntegrityCheck::kWrong;
}

IntegrityCheck Message::checkIntegrity(const IntegrityKeySha256& key) const {
  const Attribute* a = find(AttributeType::kMessageIntegritySha256);
  if (!a) return IntegrityCheck::kMissing;
  // RFC 8489 §14.6: the full 32 bytes, unless a usage allows less; neither ICE nor TURN does.
  if (a->size != IntegrityKeySha256::kSize) return IntegrityCheck::kWrong;
  const auto expected = key.sign(bytes_, a->offset - 4u);
  return crypto::equalConstantTime(expected, bytes_.subspan(a->offset, a->size)) ? IntegrityCheck::kValid
                                                                                 : IntegrityCheck::kWrong;
}

size_t Message::unknownRequired(std::span<const AttributeType> known, std::span<AttributeType> out) const {
  size_t count = 0;
  for (const Attribute& a : attributes()) {
    if (!comprehensionRequired(a.type) || std::find(known.begin(), known.end(), a.type) != known.end()) continue;
    if (count == out.size()) break;
    out[count++] = a.type;
  }
  return count;
}

}  // namespace tincan::inline v0::stun

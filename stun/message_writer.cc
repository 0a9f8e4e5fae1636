#include "stun/message_writer.h"

#include "stun/crc32.h"

namespace tincan::inline v0::stun {
namespace {

constexpr size_t padding(size_t size) {
  return (4 - size % 4) % 4;
}

// RFC 8489 §5, figure 3: M11…M7 C1 M6…M4 C0 M3…M0.
constexpr uint16_t typeOf(Class messageClass, Method method) {
  const auto c = static_cast<uint16_t>(messageClass);
  const auto m = static_cast<uint16_t>(method);
  return static_cast<uint16_t>((m & 0x000f) | (m & 0x0070) << 1 | (m & 0x0f80) << 2 | (c & 1) << 4 | (c & 2) << 7);
}

}  // namespace

MessageWriter::MessageWriter(MutableByteView out, Class messageClass, Method method, const TransactionId& id)
    : writer_(out) {
  writer_.u16(typeOf(messageClass, method));
  writer_.u16(0);
  writer_.u32(kMagicCookie);
  writer_.bytes(id);
}

void MessageWriter::begin(AttributeType type, size_t size) {
  writer_.u16(static_cast<uint16_t>(type));
  writer_.u16(static_cast<uint16_t>(size));
  writer_.patchU16(2, static_cast<uint16_t>(writer_.size() + size + padding(size) - kHeaderSize));
}

MessageWriter& MessageWriter::bytes(AttributeType type, ByteView value) {
  begin(type, value.size());
  writer_.bytes(value);
  writer_.zeros(padding(value.size()));
  return *this;
}

MessageWriter& MessageWriter::u32(AttributeType type, uint32_t value) {
  begin(type, 4);
  writer_.u32(value);
  return *this;
}

MessageWriter& MessageWriter::u64(AttributeType type, uint64_t value) {
  begin(type, 8);
  writer_.u64(value);
  return *this;
}

MessageWriter& MessageWriter::address(AttributeType type, const SocketAddress& value) {
  const ByteView ip = value.ip.bytes();
  begin(type, 4 + ip.size());
  writer_.u8(0);
  writer_.u8(ip.size() == 4 ? 1 : 2);
  writer_.u16(value.port);
  writer_.bytes(ip);
  return *this;
}

MessageWriter& MessageWriter::xorAddress(AttributeType type, const SocketAddress& value) {
  // RFC 8489 §14.2: the address is XORed with the cookie and the transaction id: bytes 4 to 19 of this very message.
  std::array<uint8_t, 16> ip{};
  const ByteView plain = value.ip.bytes();
  const ByteView mask = writer_.written();
  if (mask.size() < kHeaderSize) return *this;
  for (size_t i = 0; i < plain.size(); ++i) ip[i] = plain[i] ^ mask[4 + i];
  const ByteView masked = ByteView(ip).first(plain.size());
  const auto port = static_cast<uint16_t>(value.port ^ kMagicCookie >> 16);
  return address(type, {masked.size() == 4 ? IpAddress::v4(masked) : IpAddress::v6(ip), port});
}

MessageWriter& MessageWriter::errorCode(ErrorNumber number, std::string_view reason) {
  const auto n = static_cast<uint16_t>(number);
  begin(AttributeType::kErrorCode, 4 + reason.size());
  writer_.u16(0);
  writer_.u8(static_cast<uint8_t>(n / 100));
  writer_.u8(static_cast<uint8_t>(n % 100));
  writer_.bytes(asBytes(reason));
  writer_.zeros(padding(reason.size()));
  return *this;
}

MessageWriter& MessageWriter::unknownAttributes(std::span<const AttributeType> types) {
  begin(AttributeType::kUnknownAttributes, types.size() * 2);
  for (const AttributeType type : types) writer_.u16(static_cast<uint16_t>(type));
  writer_.zeros(padding(types.size() * 2));
  return *this;
}

MessageWriter& MessageWriter::integrity(const IntegrityKey& key) {
  const size_t end = writer_.size();
  begin(AttributeType::kMessageIntegrity, IntegrityKey::kSize);
  if (writer_.ok()) writer_.bytes(key.sign(writer_.written(), end));
  return *this;
}

MessageWriter& MessageWriter::integrity(const IntegrityKeySha256& key) {
  const size_t end = writer_.size();
  begin(AttributeType::kMessageIntegritySha256, IntegrityKeySha256::kSize);
  if (writer_.ok()) writer_.bytes(key.sign(writer_.written(), end));
  return *this;
}

MessageWriter& MessageWriter::fingerprint() {
  const size_t end = writer_.size();
  begin(AttributeType::kFingerprint, 4);
  writer_.u32(crc32(writer_.written().first(end)) ^ kFingerprintXor);
  return *this;
}

}  // namespace tincan::inline v0::stun

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "stun/integrity.h"
#include "stun/integrity_sha256.h"
#include "stun/protocol.h"

namespace tincan::inline v0::stun {

/// Writes one STUN message into a span that it does not own, attribute by attribute, and keeps the header's length
/// right after each. Failure is sticky: ask `ok()` once. MESSAGE-INTEGRITY goes after what it protects, FINGERPRINT
/// last.
class MessageWriter {
 public:
  MessageWriter(MutableByteView out, Class messageClass, Method method, const TransactionId& id);

  MessageWriter& bytes(AttributeType type, ByteView value);
  MessageWriter& text(AttributeType type, std::string_view value) { return bytes(type, asBytes(value)); }
  MessageWriter& flag(AttributeType type) { return bytes(type, {}); }
  MessageWriter& u32(AttributeType type, uint32_t value);
  MessageWriter& u64(AttributeType type, uint64_t value);
  MessageWriter& address(AttributeType type, const SocketAddress& value);
  MessageWriter& xorAddress(AttributeType type, const SocketAddress& value);
  MessageWriter& errorCode(ErrorNumber number, std::string_view reason);
  MessageWriter& unknownAttributes(std::span<const AttributeType> types);
  MessageWriter& integrity(const IntegrityKey& key);
  MessageWriter& integrity(const IntegrityKeySha256& key);
  MessageWriter& fingerprint();

  bool ok() const { return writer_.ok(); }
  size_t size() const { return writer_.size(); }
  ByteView written() const { return writer_.written(); }

 private:
  /// The attribute's header; the header's length counts it, value and padding, already.
  void begin(AttributeType type, size_t size);

  ByteWriter writer_;
};

}  // namespace tincan::inline v0::stun

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "stun/integrity.h"
#include "stun/integrity_sha256.h"
#include "stun/protocol.h"

namespace tincan::inline v0::stun {

/// True for what RFC 7983 §7 and RFC 8489 §5 let be STUN: first byte 0 to 3, room for a header, the magic cookie.
bool looksLikeStun(ByteView packet);

enum class IntegrityCheck : uint8_t { kValid, kMissing, kWrong };

/// A parsed STUN message: a view over bytes that it does not own and that must outlive it. Parsing allocates nothing.
///
///     0                   1                   2                   3
///     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///    |0 0|     type (class, method)  |         length                |
///    |                    magic cookie 0x2112A442                    |
///    |                 transaction id (96 bits)                      |
///    +- - - - - - - - - - - - - - - -+- - - - - - - - - - - - - - - -+
///    |        attribute type         |      length of the value      |
///    |           value, padded to a multiple of four …               |
///
/// Invariants (RFC 8489 §5, §14): every attribute lies inside the message; what follows MESSAGE-INTEGRITY is not
/// listed, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT aside; a FINGERPRINT is the last attribute and its CRC is right.
class Message {
 public:
  struct Attribute {
    AttributeType type;
    uint16_t offset;  ///< of the value
    uint16_t size;
  };
  struct ErrorCode {
    uint16_t number = 0;
    std::string_view reason;
  };

  /// False for anything that breaks the grammar, more than 64 attributes, or a wrong FINGERPRINT.
  [[nodiscard]] static bool parse(ByteView packet, Message& out);

  Class messageClass() const { return class_; }
  Method method() const { return method_; }
  const TransactionId& transactionId() const { return id_; }
  ByteView bytes() const { return bytes_; }
  std::span<const Attribute> attributes() const { return {attributes_.data(), count_}; }
  bool hasFingerprint() const { return hasFingerprint_; }

  /// The first attribute of a type counts (RFC 8489 §14).
  bool has(AttributeType type) const { return find(type) != nullptr; }
  std::optional<ByteView> value(AttributeType type) const;
  std::string_view text(AttributeType type) const;  ///< empty when absent
  std::optional<uint32_t> u32(AttributeType type) const;
  std::optional<uint64_t> u64(AttributeType type) const;
  /// The one that has `skip` others of its type before it: an allocation of both families has two relayed addresses.
  std::optional<SocketAddress> xorAddress(AttributeType type, size_t skip = 0) const;
  std::optional<SocketAddress> address(AttributeType type) const;
  /// XOR-MAPPED-ADDRESS, or MAPPED-ADDRESS of an old server.
  std::optional<SocketAddress> mappedAddress() const;
  std::optional<ErrorCode> errorCode() const;

  IntegrityCheck checkIntegrity(const IntegrityKey& key) const;
  IntegrityCheck checkIntegrity(const IntegrityKeySha256& key) const;

  /// Attributes that must be understood and that are not in `known`, at most as many as `out` holds; how many.
  size_t unknownRequired(std::span<const AttributeType> known, std::span<AttributeType> out) const;

 private:
  const Attribute* find(AttributeType type) const;
  bool parseAttributes();

  ByteView bytes_;
  TransactionId id_{};
  Class class_ = Class::kRequest;
  Method method_ = Method::kBinding;
  uint16_t count_ = 0;
  uint16_t integrityAt_ = 0;  ///< offset of MESSAGE-INTEGRITY's own header; 0: absent
  bool hasFingerprint_ = false;
  std::array<Attribute, kMaxAttributes> attributes_;  ///< the first `count_` are set
};

}  // namespace tincan::inline v0::stun

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"

namespace tincan::inline v0::crypto {

/// RFC 8446 §4.2.7, RFC 8422 §5.1.1.
enum class NamedGroup : uint16_t { kP256 = 0x0017, kP384 = 0x0018, kX25519 = 0x001D };

std::string_view name(NamedGroup group);
/// Whether we know the group at all: on the wire there are many others.
bool isKnown(NamedGroup group);

/// One ephemeral private key, for one handshake. The key is drawn from the RandomSource, so the same seed gives the
/// same share.
class KeyExchange {
 public:
  static std::optional<KeyExchange> generate(NamedGroup group, RandomSource& random);
  KeyExchange(KeyExchange&&) noexcept;
  KeyExchange& operator=(KeyExchange&&) noexcept;
  ~KeyExchange();

  NamedGroup group() const { return group_; }
  /// 32 bytes of X25519 (RFC 7748 §6.1), or an uncompressed point (SEC 1 §2.3.3).
  ByteView publicKey() const { return publicKey_; }
  /// The shared secret; none when the peer's key is no point of the curve, of low order, or compressed.
  std::optional<SecretBytes> derive(ByteView peerPublicKey) const;

 private:
  struct Private;
  KeyExchange(NamedGroup group, std::unique_ptr<Private> secret, Bytes publicKey);

  NamedGroup group_;
  std::unique_ptr<Private> private_;
  Bytes publicKey_;
};

}  // namespace tincan::inline v0::crypto

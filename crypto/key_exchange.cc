#include "crypto/key_exchange.h"

#include <algorithm>

#include <openssl/err.h>

#include "crypto/ec_key.h"

namespace tincan::inline v0::crypto {
namespace {

constexpr size_t kX25519Size = 32;
constexpr uint8_t kUncompressed = 4;  // SEC 1 §2.3.3

const char* curveOf(NamedGroup group) {
  return group == NamedGroup::kP256 ? "P-256" : "P-384";
}
size_t coordinateSize(NamedGroup group) {
  return group == NamedGroup::kP256 ? 32 : 48;
}

Bytes publicKeyOf(NamedGroup group, EVP_PKEY* key) {
  const size_t expected = group == NamedGroup::kX25519 ? kX25519Size : 1 + 2 * coordinateSize(group);
  uint8_t* encoded = nullptr;
  const size_t size = EVP_PKEY_get1_encoded_public_key(key, &encoded);
  Bytes out;
  if (size == expected) {
    out.resize(expected);
    std::copy_n(encoded, expected, out.begin());
  }
  OPENSSL_free(encoded);
  return out;
}

PkeyPtr peerKey(NamedGroup group, ByteView bytes) {
  if (group == NamedGroup::kX25519) {
    if (bytes.size() != kX25519Size) return nullptr;
    return PkeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes.data(), bytes.size()));
  }
  // RFC 8422 §5.4.1: only the uncompressed form.
  if (bytes.size() != 1 + 2 * coordinateSize(group) || bytes[0] != kUncompressed) return nullptr;
  return ecPublicKey(curveOf(group), bytes);
}

}  // namespace

struct KeyExchange::Private {
  PkeyPtr key;
};

std::string_view name(NamedGroup group) {
  switch (group) {
    case NamedGroup::kP256: return "P-256";
    case NamedGroup::kP384: return "P-384";
    case NamedGroup::kX25519: return "X25519";
  }
  return "unknown";
}

bool isKnown(NamedGroup group) {
  return group == NamedGroup::kP256 || group == NamedGroup::kP384 || group == NamedGroup::kX25519;
}

std::optional<KeyExchange> KeyExchange::generate(NamedGroup group, RandomSource& random) {
  if (!isKnown(group)) return std::nullopt;
  auto secret = std::make_unique<Private>();
  secret->key =
      group == NamedGroup::kX25519 ? generateRawKey(EVP_PKEY_X25519, random) : generateEcKey(curveOf(group), random);
  if (!secret->key) return std::nullopt;
  Bytes encoded = publicKeyOf(group, secret->key.get());
  if (encoded.empty()) return std::nullopt;
  return KeyExchange(group, std::move(secret), std::move(encoded));
}

KeyExchange::KeyExchange(NamedGroup group, std::unique_ptr<Private> secret, Bytes publicKey)
    : group_(group), private_(std::move(secret)), publicKey_(std::move(publicKey)) {}
KeyExchange::KeyExchange(KeyExchange&&) noexcept = default;
KeyExchange& KeyExchange::operator=(KeyExchange&&) noexcept = default;
KeyExchange::~KeyExchange() = default;

std::optional<SecretBytes> KeyExchange::derive(ByteView peerPublicKey) const {
  const PkeyPtr peer = peerKey(group_, peerPublicKey);
  const PkeyContextPtr context(peer ? EVP_PKEY_CTX_new(private_->key.get(), nullptr) : nullptr);
  size_t size = 0;
  // libcrypto checks that a point is on its curve, and that X25519's result is not all zeros (RFC 7748 §6.1).
  const bool ready = context && EVP_PKEY_derive_init(context.get()) == 1 &&
                     EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
                     EVP_PKEY_derive(context.get(), nullptr, &size) == 1;
  SecretBytes out(ready ? size : 0);
  const bool derived = ready && EVP_PKEY_derive(context.get(), out.mutableView().data(), &size) == 1;
  ERR_clear_error();
  if (!derived || size != out.size()) return std::nullopt;
  return out;
}

}  // namespace tincan::inline v0::crypto

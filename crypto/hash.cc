#include "crypto/hash.h"

#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>

namespace tincan::inline v0::crypto {
namespace {

constexpr size_t kAlgorithms = 5;

const char* opensslName(HashAlgorithm algorithm) {
  static constexpr const char* kNames[kAlgorithms] = {"MD5", "SHA1", "SHA2-256", "SHA2-384", "SHA2-512"};
  return kNames[static_cast<size_t>(algorithm)];
}

// Fetched once in the life of the process: OpenSSL 3 looks an algorithm up by its name, under locks, on each use of
// EVP_sha256() and its like.
const EVP_MD* evp(HashAlgorithm algorithm) {
  static const std::array<EVP_MD*, kAlgorithms> kFetched = [] {
    std::array<EVP_MD*, kAlgorithms> out{};
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = EVP_MD_fetch(nullptr, opensslName(static_cast<HashAlgorithm>(i)), nullptr);
    }
    return out;
  }();
  return kFetched[static_cast<size_t>(algorithm)];
}

// HMAC with its digest and no key yet, to copy from: setting it up looks up both by name.
const EVP_MAC_CTX* unkeyedHmac(HashAlgorithm algorithm) {
  static const std::array<EVP_MAC_CTX*, kAlgorithms> kUnkeyed = [] {
    std::array<EVP_MAC_CTX*, kAlgorithms> out{};
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = EVP_MAC_CTX_new(mac);
      // OpenSSL takes the digest's name as a mutable string but only reads it.
      char* digest = const_cast<char*>(opensslName(static_cast<HashAlgorithm>(i)));
      const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
      EVP_MAC_CTX_set_params(out[i], params);
    }
    EVP_MAC_free(mac);
    return out;
  }();
  return kUnkeyed[static_cast<size_t>(algorithm)];
}

}  // namespace

size_t digestSize(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kMd5: return 16;
    case HashAlgorithm::kSha1: return 20;
    case HashAlgorithm::kSha256: return 32;
    case HashAlgorithm::kSha384: return 48;
    case HashAlgorithm::kSha512: return 64;
  }
  return 0;
}

std::string_view name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kMd5: return "md5";
    case HashAlgorithm::kSha1: return "sha-1";
    case HashAlgorithm::kSha256: return "sha-256";
    case HashAlgorithm::kSha384: return "sha-384";
    case HashAlgorithm::kSha512: return "sha-512";
  }
  return "unknown";
}

Digest hash(HashAlgorithm algorithm, ByteView data) {
  Digest out(digestSize(algorithm));
  EVP_Digest(data.data(), data.size(), out.mutableView().data(), nullptr, evp(algorithm), nullptr);
  return out;
}

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(context_, evp(algorithm), nullptr);
}

Hasher::Hasher(const Hasher& other) : algorithm_(other.algorithm_), context_(EVP_MD_CTX_new()) {
  EVP_MD_CTX_copy_ex(context_, other.context_);
}

Hasher::Hasher(Hasher&& other) noexcept
    : algorithm_(other.algorithm_), context_(std::exchange(other.context_, nullptr)) {}

Hasher& Hasher::operator=(Hasher other) noexcept {
  std::swap(algorithm_, other.algorithm_);
  std::swap(context_, other.context_);
  return *this;
}

Hasher::~Hasher() {
  EVP_MD_CTX_free(context_);
}

void Hasher::update(ByteView data) {
  EVP_DigestUpdate(context_, data.data(), data.size());
}

Digest Hasher::peek() const {
  Hasher copy(*this);
  Digest out(digestSize(algorithm_));
  EVP_DigestFinal_ex(copy.context_, out.mutableView().data(), nullptr);
  return out;
}

Hmac::Hmac(HashAlgorithm algorithm, ByteView key) : algorithm_(algorithm) {
  keyed_ = EVP_MAC_CTX_dup(unkeyedHmac(algorithm));
  // A null key would mean "as before": an empty key (RFC 2104 allows it) needs an address.
  static constexpr uint8_t kEmpty = 0;
  EVP_MAC_init(keyed_, key.empty() ? &kEmpty : key.data(), key.size(), nullptr);
}

Hmac::Hmac(Hmac&& other) noexcept : algorithm_(other.algorithm_), keyed_(std::exchange(other.keyed_, nullptr)) {}

Hmac& Hmac::operator=(Hmac&& other) noexcept {
  std::swap(algorithm_, other.algorithm_);
  std::swap(keyed_, other.keyed_);
  return *this;
}

Hmac::~Hmac() {
  EVP_MAC_CTX_free(keyed_);
}

Digest Hmac::sign(ByteView first, ByteView second, ByteView third) const {
  Digest out(digestSize(algorithm_));
  size_t size = 0;
  // Null key and parameters start over with the key that was set up (EVP_MAC_init(3)).
  EVP_MAC_init(keyed_, nullptr, 0, nullptr);
  for (ByteView piece : {first, second, third}) {
    if (!piece.empty()) EVP_MAC_update(keyed_, piece.data(), piece.size());
  }
  EVP_MAC_final(keyed_, out.mutableView().data(), &size, out.size());
  return out;
}

Digest hmac(HashAlgorithm algorithm, ByteView key, ByteView data) {
  return Hmac(algorithm, key).sign(data);
}

}  // namespace tincan::inline v0::crypto

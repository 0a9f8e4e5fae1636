#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX and EVP_MAC_CTX, so that no OpenSSL header leaks from here
struct evp_mac_ctx_st;

namespace tincan::inline v0::crypto {

enum class HashAlgorithm : uint8_t { kMd5, kSha1, kSha256, kSha384, kSha512 };

constexpr size_t kMaxDigestSize = 64;

/// Output size in bytes: 16, 20, 32, 48, 64.
size_t digestSize(HashAlgorithm algorithm);
/// The name that SDP fingerprints use (RFC 8122 §5): "sha-256".
std::string_view name(HashAlgorithm algorithm);

/// A digest by value: no allocation.
class Digest {
 public:
  Digest() = default;
  explicit Digest(size_t size) : size_(size) {}
  ByteView view() const { return ByteView(bytes_).first(size_); }
  MutableByteView mutableView() { return MutableByteView(bytes_).first(size_); }
  size_t size() const { return size_; }

 private:
  std::array<uint8_t, kMaxDigestSize> bytes_{};
  size_t size_ = 0;
};

Digest hash(HashAlgorithm algorithm, ByteView data);

/// A hash fed in pieces; `peek` gives the digest so far and leaves the running state alone (TLS transcripts).
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(const Hasher& other);
  Hasher(Hasher&& other) noexcept;
  Hasher& operator=(Hasher other) noexcept;
  ~Hasher();

  void update(ByteView data);
  Digest peek() const;
  HashAlgorithm algorithm() const { return algorithm_; }

 private:
  HashAlgorithm algorithm_;
  evp_md_ctx_st* context_;
};

/// RFC 2104. A key is set up once and used for many messages; `sign` may be called again and again.
class Hmac {
 public:
  Hmac(HashAlgorithm algorithm, ByteView key);
  Hmac(Hmac&& other) noexcept;
  Hmac& operator=(Hmac&& other) noexcept;
  ~Hmac();

  /// The MAC over the pieces as if they were one message.
  Digest sign(ByteView data) const { return sign(data, {}, {}); }
  Digest sign(ByteView first, ByteView second, ByteView third = {}) const;

 private:
  HashAlgorithm algorithm_;
  evp_mac_ctx_st* keyed_;
};

Digest hmac(HashAlgorithm algorithm, ByteView key, ByteView data);

}  // namespace tincan::inline v0::crypto

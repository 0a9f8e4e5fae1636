#pragma once

#include "base/bytes.h"

namespace tincan::inline v0::crypto {

/// Equal, in a time that depends on the sizes alone. For MACs, tags, fingerprints and cookies.
bool equalConstantTime(ByteView a, ByteView b);

/// Overwrites with zeros in a way that the compiler keeps.
void wipe(MutableByteView bytes);

/// Bytes that are wiped when dropped: keys, secrets, salts.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(size_t size) : bytes_(size) {}
  explicit SecretBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  SecretBytes& operator=(SecretBytes other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~SecretBytes() { wipe(bytes_); }

  ByteView view() const { return bytes_; }
  MutableByteView mutableView() { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  Bytes bytes_;
};

}  // namespace tincan::inline v0::crypto

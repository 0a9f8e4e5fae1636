#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "dtls/handshake/message.h"

namespace tincan::inline v0::dtls::dtls13 {

/// The running hash of all handshake messages (RFC 8446 §4.4.1), without message_seq and fragment fields (RFC 9147
/// §5.2). Owned by the handshake. Messages wait as they are until the ServerHello has said which hash it is.
class Transcript {
 public:
  void add(const HandshakeMessage& message) {
    const size_t size = message.body.size();
    // TLS's header of four bytes: msg_type(1) length(3).
    feed(std::array<uint8_t, 4>{static_cast<uint8_t>(message.type), static_cast<uint8_t>(size >> 16),
                                static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)});
    feed(message.body);
  }

  void setHash(crypto::HashAlgorithm algorithm) {
    if (hasher_) return;
    hasher_.emplace(algorithm);
    hasher_->update(waiting_);
    waiting_ = Bytes();
  }

  /// RFC 8446 §4.4.1: behind a HelloRetryRequest, the first ClientHello stands in the transcript by its hash alone, in
  /// a message of a type of its own.
  void replaceByHash() {
    const crypto::Digest first = hasher_->peek();
    hasher_.emplace(hasher_->algorithm());
    beginWithHash(first.view());
  }
  /// The same, where the hash alone is known.
  void beginWithHash(ByteView first) { add({HandshakeType::kMessageHash, 0, 0, toBytes(first)}); }

  /// Of all so far; setHash() was called.
  crypto::Digest digest() const { return hasher_->peek(); }

 private:
  void feed(ByteView bytes) {
    if (hasher_) return hasher_->update(bytes);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }

  Bytes waiting_;
  std::optional<crypto::Hasher> hasher_;
};

}  // namespace tincan::inline v0::dtls::dtls13

#pragma once

#include <optional>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "dtls/handshake/message.h"

namespace tincan::dtls::dtls13 {

/// The running hash of all handshake messages (RFC 8446 §4.4.1), without message_seq and fragment fields (RFC 9147
/// §5.2). Owned by the handshake. Messages wait as they are until the ServerHello has said which hash it is.
class Transcript {
 public:
  void add(const HandshakeMessage& message) {
    const Bytes bytes = message.transcript13();
    if (hasher_) return hasher_->update(bytes);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
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
    add({HandshakeType::kMessageHash, 0, 0, toBytes(first.view())});
  }

  /// Of all so far; setHash() was called.
  crypto::Digest digest() const { return hasher_->peek(); }

 private:
  Bytes waiting_;
  std::optional<crypto::Hasher> hasher_;
};

}  // namespace tincan::dtls::dtls13

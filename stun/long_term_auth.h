#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace tincan::inline v0::stun {

/// The long-term credential mechanism, seen from the client (RFC 8489 §9.2): learns realm, nonce and algorithms from a
/// challenge, puts them and the MAC on requests, verifies answers. Owned by a TurnClient.
///
///     first request: nothing ──401──> USERNAME or USERHASH, REALM, NONCE, MAC ──438──> the same, with the new NONCE
///                                                       └──401──> the password is wrong
///
/// The strings are used as they are: a caller with more than ASCII has prepared them (RFC 8265).
class LongTermAuth {
 public:
  LongTermAuth(std::string username, std::string password)
      : username_(std::move(username)), password_(std::move(password)) {}

  /// What a 401 or 438 says; false when trying again would be of no use, or is forbidden.
  [[nodiscard]] bool challenge(uint16_t error, const Message& message);
  /// There is what to sign with.
  bool ready() const { return sha1_ || sha256_; }
  /// The attributes, the MAC last. Writes nothing before the first challenge.
  void write(MessageWriter& writer) const;
  /// RFC 8489 §9.2.5: the same algorithm as in the request, over the answer.
  bool verify(const Message& answer) const;

 private:
  enum class Algorithm : uint16_t { kNone = 0, kMd5 = 1, kSha256 = 2 };  // RFC 8489 §18.5

  static Algorithm firstSupported(ByteView list);
  void makeKey(Algorithm algorithm);

  std::string username_, password_, realm_, nonce_;
  Bytes algorithms_;  ///< PASSWORD-ALGORITHMS as the server sent it; empty: it did not
  Algorithm algorithm_ = Algorithm::kNone;
  bool hideUsername_ = false;
  std::optional<IntegrityKey> sha1_;
  std::optional<IntegrityKeySha256> sha256_;
};

}  // namespace tincan::inline v0::stun

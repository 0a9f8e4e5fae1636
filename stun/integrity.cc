#include "stun/integrity.h"

#include <string>

#include "crypto/hash.h"
#include "crypto/secret.h"
#include "stun/protocol.h"

namespace tincan::inline v0::stun {

IntegrityKey IntegrityKey::longTerm(std::string_view username, std::string_view realm, std::string_view password) {
  Bytes text;
  text.reserve(username.size() + realm.size() + password.size() + 2);
  for (const std::string_view part : {username, std::string_view(":"), realm, std::string_view(":"), password}) {
    text.insert(text.end(), part.begin(), part.end());
  }
  const crypto::SecretBytes key(crypto::hash(crypto::HashAlgorithm::kMd5, text).view());
  crypto::wipe(text);
  return IntegrityKey(key.view());
}

std::array<uint8_t, IntegrityKey::kSize> IntegrityKey::sign(ByteView message, size_t end) const {
  // RFC 8489 §14.5: the length in the header counts up to and including MESSAGE-INTEGRITY (4 + 20 bytes).
  std::array<uint8_t, 4> start{message[0], message[1]};
  storeBe16(start.data() + 2, static_cast<uint16_t>(end + 4 + kSize - kHeaderSize));
  return hmac_.sign(start, message.subspan(4, end - 4));
}

}  // namespace tincan::inline v0::stun

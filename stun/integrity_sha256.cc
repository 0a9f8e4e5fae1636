#include "stun/integrity_sha256.h"

#include <algorithm>

#include "stun/protocol.h"

namespace tincan::inline v0::stun {

std::array<uint8_t, IntegrityKeySha256::kSize> IntegrityKeySha256::sign(ByteView message, size_t end) const {
  // RFC 8489 §14.6: the length in the header counts up to and including MESSAGE-INTEGRITY-SHA256 (4 + 32 bytes).
  std::array<uint8_t, 4> start{message[0], message[1]};
  storeBe16(start.data() + 2, static_cast<uint16_t>(end + 4 + kSize - kHeaderSize));
  const crypto::Digest digest = hmac_.sign(start, message.subspan(4, end - 4));
  std::array<uint8_t, kSize> out{};
  std::copy_n(digest.view().begin(), kSize, out.begin());
  return out;
}

}  // namespace tincan::inline v0::stun

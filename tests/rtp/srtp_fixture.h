#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/srtp_profile.h"
#include "rtp/header.h"
#include "rtp/srtp_session.h"

namespace tincan::inline v0::rtp {

inline Bytes fromHex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return out;
}

inline const std::vector<crypto::SrtpProfile>& allProfiles() {
  static const std::vector<crypto::SrtpProfile> kAll = {
      crypto::SrtpProfile::kAes128CmSha1_80, crypto::SrtpProfile::kAes128CmSha1_32,
      crypto::SrtpProfile::kAes256CmSha1_80, crypto::SrtpProfile::kAes256CmSha1_32,
      crypto::SrtpProfile::kAeadAes128Gcm,   crypto::SrtpProfile::kAeadAes256Gcm};
  return kAll;
}

/// Keys whose local and remote sides are the same, so that a session can unprotect what it protects.
inline crypto::SrtpKeys loopKeys(crypto::SrtpProfile profile, RandomSource& random) {
  crypto::SrtpKeys keys;
  keys.profile = profile;
  keys.localKey = crypto::SecretBytes(crypto::keySize(profile));
  keys.localSalt = crypto::SecretBytes(crypto::saltSize(profile));
  random.fill(keys.localKey.mutableView());
  random.fill(keys.localSalt.mutableView());
  keys.remoteKey = keys.localKey;
  keys.remoteSalt = keys.localSalt;
  return keys;
}

inline Bytes rtpPacket(uint32_t ssrc, uint16_t sequence, ByteView payload) {
  Header header;
  header.payloadType = PayloadType(96);
  header.sequenceNumber = sequence;
  header.timestamp = 90'000;
  header.ssrc = Ssrc(ssrc);
  Bytes out(kFixedHeaderSize + payload.size());
  writeHeader(out, header);
  std::copy(payload.begin(), payload.end(), out.begin() + kFixedHeaderSize);
  return out;
}

inline Bytes rtcpPacket(uint32_t ssrc, size_t words) {
  Bytes out(4 * (words + 2), 0x5a);
  out[0] = 0x80;
  out[1] = 201;
  storeBe16(out.data() + 2, static_cast<uint16_t>(words + 1));
  storeBe32(out.data() + 4, ssrc);
  return out;
}

}  // namespace tincan::inline v0::rtp

#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "crypto/packet_ctr_hmac.h"
#include "crypto/packet_gcm.h"
#include "crypto/srtp_profile.h"

namespace tincan::inline v0::rtp {

/// What the session keys of one direction are for: the labels of RFC 3711 §4.3.2 (those of RTCP come three later).
enum class SrtpUse : uint8_t { kRtp = 0, kRtcp = 3 };

/// One session key, or salt, out of the master key and salt (RFC 3711 §4.3.1, key derivation rate 0; RFC 7714 §11).
/// `label` as RFC 3711 §4.3.2 numbers them.
void deriveSrtpKey(ByteView masterKey, ByteView masterSalt, uint8_t label, MutableByteView out);

/// What one use of one direction works with (RFC 3711 §3.2.1): wiped when dropped.
struct SrtpSessionKeys {
  crypto::SecretBytes cipher;
  crypto::SecretBytes mac;  ///< empty for GCM
  crypto::SecretBytes salt;
  /// Out of the master key and salt; all empty when their sizes are not the profile's.
  static SrtpSessionKeys derive(crypto::SrtpProfile profile, SrtpUse use, ByteView masterKey, ByteView masterSalt);
};

/// The keyed transforms of one direction of SRTP, or of SRTCP: encryption and authentication of bytes at given places.
/// Knows nothing of replay or rollover. With keys of the wrong sizes it seals and opens nothing. Owned
/// by SrtpSession. RFC 3711 §4, RFC 7714 §8, §9, RFC 9335 §6.
class SrtpContext {
 public:
  using CounterIv = std::array<uint8_t, crypto::PacketCtrHmac::kIvSize>;

  SrtpContext(crypto::SrtpProfile profile, SrtpUse use, SrtpSessionKeys keys, crypto::MultiBuffer* engine);
  SrtpContext(SrtpContext&&) noexcept = default;
  SrtpContext& operator=(SrtpContext&&) noexcept = default;
  ~SrtpContext();

  /// Bytes of the authentication tag.
  size_t tagSize() const { return tagSize_; }
  bool isAead() const { return aead_; }
  /// The keys had the sizes that the profile asks for.
  bool isKeyed() const { return gcm_ || counter_; }

  // `packet` is header and text (no tag); `header` bytes of it stay plain. `trailer` is what is authenticated behind it
  // and not encrypted: the rollover counter (AES-CM) or SRTCP's E and index (both).
  bool seal(MutableByteView packet, size_t header, uint32_t ssrc, uint64_t index, ByteView trailer, uint8_t* tag) const;
  /// False, with `packet` as it was, when the tag does not match.
  bool open(MutableByteView packet, size_t header, uint32_t ssrc, uint64_t index, ByteView trailer,
            const uint8_t* tag) const;

  /// Cryptex: CSRCs and the body of the extension are encrypted too. `packet` is RTP with an extension block behind
  /// `csrcBytes` of CSRCs, whose profile says 0xC0DE or 0xC2DE.
  bool sealCryptex(MutableByteView packet, size_t csrcBytes, uint32_t ssrc, uint64_t index, ByteView trailer,
                   uint8_t* tag) const;
  bool openCryptex(MutableByteView packet, size_t csrcBytes, uint32_t ssrc, uint64_t index, ByteView trailer,
                   const uint8_t* tag) const;

  /// The cipher and the IV for multi-buffer jobs; null where GCM or libcrypto does the work.
  const crypto::PacketCtrHmac* burstCipher() const { return burst_ ? &*counter_ : nullptr; }
  CounterIv counterIv(uint32_t ssrc, uint64_t index) const;

 private:
  using GcmNonce = std::array<uint8_t, crypto::PacketGcm::kNonceSize>;

  GcmNonce gcmNonce(uint32_t ssrc, uint64_t index) const;
  void writeMac(ByteView packet, ByteView trailer, uint8_t* tag) const;
  bool checkMac(ByteView packet, ByteView trailer, const uint8_t* tag) const;

  SrtpUse use_;
  bool aead_;
  bool burst_ = false;
  size_t tagSize_;
  uint64_t saltHigh_ = 0, saltLow_ = 0;  // the salt as the first and the second half of an IV
  std::optional<crypto::PacketGcm> gcm_;
  std::optional<crypto::PacketCtrHmac> counter_;
};

}  // namespace tincan::inline v0::rtp

#include "rtp/srtp_context.h"

#include <algorithm>
#include <utility>

namespace tincan::rtp {
namespace {

using crypto::SrtpProfile;

constexpr size_t kMacKeySize = 20;  // RFC 3711 §8.2
constexpr size_t kCmSaltSize = 14;  // 112 bits
constexpr size_t kRtcpHeaderSize = 8;

constexpr uint8_t kEncryptionLabel = 0;  // RFC 3711 §4.3.2
constexpr uint8_t kMacLabel = 1;
constexpr uint8_t kSaltLabel = 2;

bool isGcm(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes128Gcm || profile == SrtpProfile::kAeadAes256Gcm;
}

size_t tagSizeOf(SrtpProfile profile, SrtpUse use) {
  switch (profile) {
    case SrtpProfile::kAes128CmSha1_80: return 10;
    // RFC 5764 §4.1.2: the short tag is for RTP alone.
    case SrtpProfile::kAes128CmSha1_32: return use == SrtpUse::kRtp ? 4 : 10;
    case SrtpProfile::kAeadAes128Gcm:
    case SrtpProfile::kAeadAes256Gcm: return crypto::PacketGcm::kTagSize;
  }
  return crypto::PacketGcm::kTagSize;
}

}  // namespace

void deriveSrtpKey(ByteView masterKey, ByteView masterSalt, uint8_t label, MutableByteView out) {
  // RFC 3711 §4.3.1, §4.3.3: x = (label || 48 bits of zero) XOR salt, and the key stream of AES-CM at x * 2^16.
  // RFC 7714 §11: a salt of 96 bits stands in front of 16 bits of zero.
  std::array<uint8_t, crypto::PacketCtrHmac::kIvSize> iv{};
  std::copy_n(masterSalt.begin(), std::min(masterSalt.size(), kCmSaltSize), iv.begin());
  iv[7] ^= label;
  crypto::aesCounterStream(masterKey, iv.data(), out);
}

SrtpSessionKeys SrtpSessionKeys::derive(SrtpProfile profile, SrtpUse use, ByteView masterKey, ByteView masterSalt) {
  SrtpSessionKeys keys;
  if (masterKey.size() != crypto::keySize(profile) || masterSalt.size() != crypto::saltSize(profile)) return keys;
  const auto one = [&](uint8_t label, size_t size) {
    crypto::SecretBytes out(size);
    deriveSrtpKey(masterKey, masterSalt, static_cast<uint8_t>(label + static_cast<uint8_t>(use)), out.mutableView());
    return out;
  };
  keys.cipher = one(kEncryptionLabel, crypto::keySize(profile));
  keys.salt = one(kSaltLabel, crypto::saltSize(profile));
  if (!isGcm(profile)) keys.mac = one(kMacLabel, kMacKeySize);
  return keys;
}

SrtpContext::SrtpContext(SrtpProfile profile, SrtpUse use, SrtpSessionKeys keys, crypto::MultiBuffer* engine)
    : use_(use), tagSize_(tagSizeOf(profile, use)), aead_(isGcm(profile)), salt_(std::move(keys.salt)) {
  if (keys.cipher.size() != crypto::keySize(profile) || salt_.size() != crypto::saltSize(profile)) return;
  if (aead_) {
    gcm_.emplace(keys.cipher.view(), engine);
  } else {
    counter_.emplace(keys.cipher.view(), keys.mac.view(), engine);
  }
}

// RFC 7714 §8.1: 0 0 | SSRC | ROC | SEQ; §9.1: 0 0 | SSRC | 0 0 | SRTCP index; both XOR the salt. An index of at most
// 48 bits makes the two the same.
std::array<uint8_t, crypto::PacketGcm::kNonceSize> SrtpContext::gcmNonce(uint32_t ssrc, uint64_t index) const {
  std::array<uint8_t, crypto::PacketGcm::kNonceSize> nonce;
  storeBe64(nonce.data() + 4, index);  // its two highest bytes are zero and give way to the SSRC
  storeBe16(nonce.data(), 0);
  storeBe32(nonce.data() + 2, ssrc);
  const uint8_t* salt = salt_.view().data();
  for (size_t i = 0; i < nonce.size(); ++i) nonce[i] ^= salt[i];
  return nonce;
}

// RFC 3711 §4.1.1: IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16).
std::array<uint8_t, crypto::PacketCtrHmac::kIvSize> SrtpContext::counterIv(uint32_t ssrc, uint64_t index) const {
  std::array<uint8_t, crypto::PacketCtrHmac::kIvSize> iv;
  storeBe32(iv.data(), 0);
  storeBe32(iv.data() + 4, ssrc);
  storeBe64(iv.data() + 8, index << 16);
  const uint8_t* salt = salt_.view().data();
  for (size_t i = 0; i < kCmSaltSize; ++i) iv[i] ^= salt[i];
  return iv;
}

bool SrtpContext::seal(MutableByteView packet, size_t header, uint32_t ssrc, uint64_t index, ByteView trailer,
                       uint8_t* tag) const {
  const MutableByteView text = packet.subspan(header);
  if (counter_) {
    const auto iv = counterIv(ssrc, index);
    counter_->crypt(iv.data(), text);
    std::array<uint8_t, crypto::PacketCtrHmac::kMacSize> mac;
    counter_->mac(packet, trailer, mac.data());
    std::copy_n(mac.begin(), tagSize_, tag);
    return true;
  }
  if (!gcm_) return false;
  const auto nonce = gcmNonce(ssrc, index);
  if (use_ == SrtpUse::kRtp) return gcm_->seal(nonce.data(), packet.first(header), text, tag);
  std::array<uint8_t, kRtcpHeaderSize + 4> aad;
  std::copy_n(packet.begin(), kRtcpHeaderSize, aad.begin());
  std::copy_n(trailer.begin(), 4, aad.begin() + kRtcpHeaderSize);
  return gcm_->seal(nonce.data(), aad, text, tag);
}

bool SrtpContext::open(MutableByteView packet, size_t header, uint32_t ssrc, uint64_t index, ByteView trailer,
                       const uint8_t* tag) const {
  const MutableByteView text = packet.subspan(header);
  if (counter_) {
    // RFC 3711 §3.3: authentication comes before decryption.
    std::array<uint8_t, crypto::PacketCtrHmac::kMacSize> mac;
    counter_->mac(packet, trailer, mac.data());
    if (!crypto::equalConstantTime(ByteView(mac).first(tagSize_), {tag, tagSize_})) return false;
    const auto iv = counterIv(ssrc, index);
    counter_->crypt(iv.data(), text);
    return true;
  }
  if (!gcm_) return false;
  const auto nonce = gcmNonce(ssrc, index);
  if (use_ == SrtpUse::kRtp) return gcm_->open(nonce.data(), packet.first(header), text, tag);
  std::array<uint8_t, kRtcpHeaderSize + 4> aad;
  std::copy_n(packet.begin(), kRtcpHeaderSize, aad.begin());
  std::copy_n(trailer.begin(), 4, aad.begin() + kRtcpHeaderSize);
  return gcm_->open(nonce.data(), aad, text, tag);
}

}  // namespace tincan::rtp

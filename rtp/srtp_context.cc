#include "rtp/srtp_context.h"

#include <algorithm>
#include <utility>

#include "rtp/header.h"
#include "rtp/srtp_cryptex.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::SrtpProfile;

constexpr size_t kMacKeySize = 20;  // RFC 3711 §8.2
constexpr size_t kCmSaltSize = 14;  // 112 bits
constexpr size_t kRtcpHeaderSize = 8;

constexpr uint8_t kEncryptionLabel = 0;  // RFC 3711 §4.3.2
constexpr uint8_t kMacLabel = 1;
constexpr uint8_t kSaltLabel = 2;

size_t tagSizeOf(SrtpProfile profile, SrtpUse use) {
  switch (profile) {
    case SrtpProfile::kAes128CmSha1_80:
    case SrtpProfile::kAes256CmSha1_80: return 10;
    // RFC 5764 §4.1.2: the short tag is for RTP alone.
    case SrtpProfile::kAes128CmSha1_32:
    case SrtpProfile::kAes256CmSha1_32: return use == SrtpUse::kRtp ? 4 : 10;
    case SrtpProfile::kAeadAes128Gcm:
    case SrtpProfile::kAeadAes256Gcm: return crypto::PacketGcm::kTagSize;
  }
  return crypto::PacketGcm::kTagSize;
}

// RFC 9335 §6.2: with the CSRCs behind the extension's profile and length, what is plain is one piece and what is
// encrypted is one piece. The second undoes the first.
void gatherPlain(MutableByteView packet, size_t csrcBytes) {
  uint8_t* start = packet.data() + kFixedHeaderSize;
  std::rotate(start, start + csrcBytes, start + csrcBytes + kExtensionPrefix);
}
void spreadPlain(MutableByteView packet, size_t csrcBytes) {
  uint8_t* start = packet.data() + kFixedHeaderSize;
  std::rotate(start, start + kExtensionPrefix, start + kExtensionPrefix + csrcBytes);
}

// RFC 7714 §9.2: of SRTCP the header, and E with the index, are authenticated and not encrypted.
std::array<uint8_t, kRtcpHeaderSize + 4> rtcpAad(ByteView packet, ByteView trailer) {
  std::array<uint8_t, kRtcpHeaderSize + 4> aad;
  std::copy_n(packet.begin(), kRtcpHeaderSize, aad.begin());
  std::copy_n(trailer.begin(), 4, aad.begin() + kRtcpHeaderSize);
  return aad;
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
  if (!crypto::isGcm(profile)) keys.mac = one(kMacLabel, kMacKeySize);
  return keys;
}

SrtpContext::SrtpContext(SrtpProfile profile, SrtpUse use, SrtpSessionKeys keys, crypto::MultiBuffer* engine)
    : use_(use), aead_(crypto::isGcm(profile)), tagSize_(tagSizeOf(profile, use)) {
  if (keys.cipher.size() != crypto::keySize(profile) || keys.salt.size() != crypto::saltSize(profile)) return;
  std::array<uint8_t, crypto::PacketCtrHmac::kIvSize> salt{};
  std::copy_n(keys.salt.view().begin(), keys.salt.size(), salt.begin());
  saltHigh_ = loadBe64(salt.data());
  saltLow_ = loadBe64(salt.data() + 8);
  crypto::wipe(salt);
  if (aead_) {
    gcm_.emplace(keys.cipher.view(), engine);
  } else {
    counter_.emplace(keys.cipher.view(), keys.mac.view(), engine);
    burst_ = engine != nullptr;
  }
}

SrtpContext::~SrtpContext() {
  saltHigh_ = saltLow_ = 0;
  // Keeps the stores above: the compiler must assume that they are read.
  asm volatile("" : : "r"(this) : "memory");
}

// RFC 7714 §8.1: 0 0 | SSRC | ROC | SEQ; §9.1: 0 0 | SSRC | 0 0 | SRTCP index; both XOR the salt. An index of at most
// 48 bits makes the two the same.
SrtpContext::GcmNonce SrtpContext::gcmNonce(uint32_t ssrc, uint64_t index) const {
  GcmNonce nonce;
  storeBe64(nonce.data(), saltHigh_ ^ (uint64_t{ssrc} << 16 | index >> 32));
  storeBe32(nonce.data() + 8, static_cast<uint32_t>(saltLow_ >> 32) ^ static_cast<uint32_t>(index));
  return nonce;
}

// RFC 3711 §4.1.1: IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16).
SrtpContext::CounterIv SrtpContext::counterIv(uint32_t ssrc, uint64_t index) const {
  CounterIv iv;
  storeBe64(iv.data(), saltHigh_ ^ ssrc);
  storeBe64(iv.data() + 8, saltLow_ ^ index << 16);
  return iv;
}

void SrtpContext::writeMac(ByteView packet, ByteView trailer, uint8_t* tag) const {
  std::array<uint8_t, crypto::PacketCtrHmac::kMacSize> mac;
  counter_->mac(packet, trailer, mac.data());
  std::copy_n(mac.begin(), tagSize_, tag);
}

bool SrtpContext::checkMac(ByteView packet, ByteView trailer, const uint8_t* tag) const {
  std::array<uint8_t, crypto::PacketCtrHmac::kMacSize> mac;
  counter_->mac(packet, trailer, mac.data());
  return crypto::equalConstantTime(ByteView(mac).first(tagSize_), {tag, tagSize_});
}

bool SrtpContext::seal(MutableByteView packet, size_t header, uint32_t ssrc, uint64_t index, ByteView trailer,
                       uint8_t* tag) const {
  if (gcm_) {
    const GcmNonce nonce = gcmNonce(ssrc, index);
    const MutableByteView text = packet.subspan(header);
    if (use_ == SrtpUse::kRtp) return gcm_->seal(nonce.data(), packet.first(header), text, tag);
    return gcm_->seal(nonce.data(), rtcpAad(packet, trailer), text, tag);
  }
  if (!counter_) return false;
  counter_->crypt(counterIv(ssrc, index).data(), packet.subspan(header));
  writeMac(packet, trailer, tag);
  return true;
}

bool SrtpContext::open(MutableByteView packet, size_t header, uint32_t ssrc, uint64_t index, ByteView trailer,
                       const uint8_t* tag) const {
  if (gcm_) {
    const GcmNonce nonce = gcmNonce(ssrc, index);
    const MutableByteView text = packet.subspan(header);
    if (use_ == SrtpUse::kRtp) return gcm_->open(nonce.data(), packet.first(header), text, tag);
    return gcm_->open(nonce.data(), rtcpAad(packet, trailer), text, tag);
  }
  // RFC 3711 §3.3: authentication comes before decryption.
  if (!counter_ || !checkMac(packet, trailer, tag)) return false;
  counter_->crypt(counterIv(ssrc, index).data(), packet.subspan(header));
  return true;
}

bool SrtpContext::sealCryptex(MutableByteView packet, size_t csrcBytes, uint32_t ssrc, uint64_t index, ByteView trailer,
                              uint8_t* tag) const {
  if (!isKeyed()) return false;
  gatherPlain(packet, csrcBytes);
  bool sealed = true;
  if (gcm_) {
    sealed = gcm_->seal(gcmNonce(ssrc, index).data(), packet.first(kCryptexStart), packet.subspan(kCryptexStart), tag);
  } else {
    counter_->crypt(counterIv(ssrc, index).data(), packet.subspan(kCryptexStart));
  }
  spreadPlain(packet, csrcBytes);
  // RFC 9335 §6.1: what is authenticated is the packet as it leaves.
  if (counter_) writeMac(packet, trailer, tag);
  return sealed;
}

bool SrtpContext::openCryptex(MutableByteView packet, size_t csrcBytes, uint32_t ssrc, uint64_t index, ByteView trailer,
                              const uint8_t* tag) const {
  if (!isKeyed() || (counter_ && !checkMac(packet, trailer, tag))) return false;
  gatherPlain(packet, csrcBytes);
  bool opened = true;
  if (gcm_) {
    opened = gcm_->open(gcmNonce(ssrc, index).data(), packet.first(kCryptexStart), packet.subspan(kCryptexStart), tag);
  } else {
    counter_->crypt(counterIv(ssrc, index).data(), packet.subspan(kCryptexStart));
  }
  spreadPlain(packet, csrcBytes);
  return opened;
}

}  // namespace tincan::inline v0::rtp

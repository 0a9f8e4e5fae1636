#include "stun/long_term_auth.h"

#include <array>

#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tincan::inline v0::stun {
namespace {

constexpr size_t kMaxRealm = 763;  // RFC 8489 §14.9, §14.10: fewer than 763 bytes
constexpr size_t kMaxNonce = 763;
constexpr std::string_view kNonceCookie = "obMatJos2";  // RFC 8489 §9.2

struct SecurityFeatures {
  bool passwordAlgorithms = false;
  bool usernameAnonymity = false;
};

// RFC 8489 §9.2: behind the cookie, 24 bits in base64; §18.1: bit 0 (the first) and bit 1.
SecurityFeatures featuresOf(std::string_view nonce) {
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (nonce.size() < kNonceCookie.size() + 4 || nonce.substr(0, kNonceCookie.size()) != kNonceCookie) return {};
  const size_t first = kBase64.find(nonce[kNonceCookie.size()]);
  if (first == std::string_view::npos) return {};
  return {(first & 0x20) != 0, (first & 0x10) != 0};
}

crypto::SecretBytes joined(std::string_view username, std::string_view realm, std::string_view password) {
  Bytes text;
  text.reserve(username.size() + realm.size() + password.size() + 2);
  for (const std::string_view part : {username, std::string_view(":"), realm, std::string_view(":"), password}) {
    text.insert(text.end(), part.begin(), part.end());
  }
  crypto::SecretBytes out{ByteView(text)};
  crypto::wipe(text);
  return out;
}

}  // namespace

//     0                   1                   2                   3
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//    |          algorithm            |  length of the parameters     |   RFC 8489 §14.11, any number of times
//    |          parameters, padded to a multiple of four …           |
LongTermAuth::Algorithm LongTermAuth::firstSupported(ByteView list) {
  ByteReader reader(list);
  while (reader.ok() && !reader.atEnd()) {
    const auto algorithm = static_cast<Algorithm>(reader.u16());
    const size_t size = reader.u16();
    reader.skip((size + 3) & ~size_t{3});
    if (!reader.ok()) break;
    // RFC 8489 §18.5.1: neither has parameters.
    if ((algorithm == Algorithm::kMd5 || algorithm == Algorithm::kSha256) && size == 0) return algorithm;
  }
  return Algorithm::kNone;
}

bool LongTermAuth::challenge(uint16_t error, const Message& message) {
  const std::string_view nonce = message.text(AttributeType::kNonce);
  const std::string_view realm = message.text(AttributeType::kRealm);
  if (nonce.empty() || nonce.size() >= kMaxNonce || realm.size() >= kMaxRealm) return false;
  const bool stale = error == static_cast<uint16_t>(ErrorNumber::kStaleNonce);
  if (!stale && realm.empty()) return false;
  if (stale && !ready()) return false;
  // RFC 8489 §9.2.5: not again without a change; the same realm, username and password were refused already.
  if (!stale && ready() && realm == realm_) return false;

  const SecurityFeatures features = featuresOf(nonce);
  const auto algorithms = message.value(AttributeType::kPasswordAlgorithms);
  // RFC 8489 §9.2.5: somebody on the way took the list out, so that we fall back to MD5.
  if (features.passwordAlgorithms && !algorithms) return false;
  Algorithm algorithm = Algorithm::kNone;
  if (algorithms) {
    algorithm = firstSupported(*algorithms);
    if (algorithm == Algorithm::kNone) return false;
  }
  nonce_ = nonce;
  hideUsername_ = features.usernameAnonymity;
  const Bytes list = algorithms ? toBytes(*algorithms) : Bytes();
  if (stale && algorithm == algorithm_ && list == algorithms_ && (realm.empty() || realm == realm_)) return true;
  if (!realm.empty()) realm_ = realm;
  algorithms_ = list;
  makeKey(algorithm);
  return true;
}

void LongTermAuth::makeKey(Algorithm algorithm) {
  algorithm_ = algorithm;
  sha1_.reset();
  sha256_.reset();
  if (algorithm == Algorithm::kNone) {
    // RFC 8489 §9.2.2: a server that names no algorithms knows MD5 alone, and MESSAGE-INTEGRITY.
    sha1_ = IntegrityKey::longTerm(username_, realm_, password_);
    return;
  }
  const auto hash = algorithm == Algorithm::kMd5 ? crypto::HashAlgorithm::kMd5 : crypto::HashAlgorithm::kSha256;
  const crypto::SecretBytes key(crypto::hash(hash, joined(username_, realm_, password_).view()).view());
  sha256_.emplace(key.view());
}

void LongTermAuth::write(MessageWriter& writer) const {
  if (!ready()) return;
  if (hideUsername_) {
    // RFC 8489 §14.4: SHA-256(username ":" realm)
    const std::string text = username_ + ":" + realm_;
    writer.bytes(AttributeType::kUserhash, crypto::hash(crypto::HashAlgorithm::kSha256, asBytes(text)).view());
  } else {
    writer.text(AttributeType::kUsername, username_);
  }
  writer.text(AttributeType::kRealm, realm_);
  writer.text(AttributeType::kNonce, nonce_);
  if (sha1_) {
    writer.integrity(*sha1_);
    return;
  }
  writer.bytes(AttributeType::kPasswordAlgorithms, algorithms_);
  writer.u32(AttributeType::kPasswordAlgorithm, static_cast<uint32_t>(algorithm_) << 16);  // no parameters
  writer.integrity(*sha256_);
}

bool LongTermAuth::verify(const Message& answer) const {
  if (sha256_) return answer.checkIntegrity(*sha256_) == IntegrityCheck::kValid;
  return sha1_ && answer.checkIntegrity(*sha1_) == IntegrityCheck::kValid;
}

}  // namespace tincan::inline v0::stun

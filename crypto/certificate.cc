#include "crypto/certificate.h"

#include <openssl/err.h>

#include "crypto/openssl_ptr.h"

namespace tincan::inline v0::crypto {
namespace {

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, Deleter<ASN1_STRING_free>>;

// Seconds since 1970, by libcrypto's calendar and no clock.
bool toUnixSeconds(const ASN1_TIME* time, int64_t& out) {
  const Asn1TimePtr epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return false;
  out = int64_t{days} * 86400 + seconds;
  return true;
}

KeyAlgorithm algorithmOf(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return KeyAlgorithm::kRsa;
    case EVP_PKEY_ED25519: return KeyAlgorithm::kEd25519;
    case EVP_PKEY_EC: {
      char group[32] = {};
      if (EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1) return KeyAlgorithm::kOther;
      if (std::string_view(group) == "prime256v1") return KeyAlgorithm::kEcdsaP256;
      if (std::string_view(group) == "secp384r1") return KeyAlgorithm::kEcdsaP384;
      return KeyAlgorithm::kOther;
    }
    default: return KeyAlgorithm::kOther;
  }
}

}  // namespace

Result<Certificate> Certificate::fromDer(ByteView der) {
  const uint8_t* p = der.data();
  const X509Ptr x509(d2i_X509(nullptr, &p, static_cast<long>(der.size())));
  const bool whole = x509 && p == der.data() + der.size();
  EVP_PKEY* key = x509 ? X509_get0_pubkey(x509.get()) : nullptr;
  Certificate out;
  if (!whole || key == nullptr || !toUnixSeconds(X509_get0_notBefore(x509.get()), out.notBefore_) ||
      !toUnixSeconds(X509_get0_notAfter(x509.get()), out.notAfter_)) {
    ERR_clear_error();
    return {ErrorCode::kMalformed, "not an X.509 certificate"};
  }
  EVP_PKEY_up_ref(key);
  out.key_.reset(key, EVP_PKEY_free);
  out.der_ = toBytes(der);
  out.keyAlgorithm_ = algorithmOf(key);
  out.keyBits_ = EVP_PKEY_get_bits(key);
  return out;
}

Fingerprint Certificate::fingerprint(HashAlgorithm algorithm) const {
  return {algorithm, toBytes(hash(algorithm, der_).view())};
}

bool Certificate::verify(SignatureScheme scheme, ByteView message, ByteView signature) const {
  if (!suits(keyAlgorithm_, scheme)) return false;
  std::shared_ptr<evp_pkey_st> key = key_;
  forgetKey();
  if (!key) {
    const uint8_t* p = der_.data();
    const X509Ptr x509(d2i_X509(nullptr, &p, static_cast<long>(der_.size())));
    if (!x509) return false;
    key.reset(X509_get_pubkey(x509.get()), EVP_PKEY_free);
  }
  const bool good = crypto::verify(key.get(), scheme, message, signature);
  ERR_clear_error();  // a bad signature leaves its reasons in the thread's queue
  return good;
}

void Certificate::forgetKey() const {
  if (key_) key_.reset();
}

}  // namespace tincan::inline v0::crypto

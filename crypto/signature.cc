#include "crypto/signature.h"

#include <openssl/rsa.h>

#include "crypto/ecdsa.h"
#include "crypto/openssl_ptr.h"

namespace tincan::inline v0::crypto {
namespace {

const EVP_MD* digestOf(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kRsaPkcs1Sha256:
    case SignatureScheme::kRsaPssSha256:
    case SignatureScheme::kEcdsaP256Sha256: return EVP_sha256();
    case SignatureScheme::kRsaPkcs1Sha384:
    case SignatureScheme::kRsaPssSha384:
    case SignatureScheme::kEcdsaP384Sha384: return EVP_sha384();
    case SignatureScheme::kRsaPkcs1Sha512:
    case SignatureScheme::kRsaPssSha512: return EVP_sha512();
    case SignatureScheme::kEd25519: return nullptr;
  }
  return nullptr;
}

bool isPss(SignatureScheme scheme) {
  return scheme == SignatureScheme::kRsaPssSha256 || scheme == SignatureScheme::kRsaPssSha384 ||
         scheme == SignatureScheme::kRsaPssSha512;
}

// RFC 8446 §4.2.3: the salt is as long as the digest.
bool setPadding(EVP_PKEY_CTX* context, SignatureScheme scheme) {
  if (!isPss(scheme)) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

std::string_view name(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kRsaPkcs1Sha256: return "rsa_pkcs1_sha256";
    case SignatureScheme::kRsaPkcs1Sha384: return "rsa_pkcs1_sha384";
    case SignatureScheme::kRsaPkcs1Sha512: return "rsa_pkcs1_sha512";
    case SignatureScheme::kEcdsaP256Sha256: return "ecdsa_secp256r1_sha256";
    case SignatureScheme::kEcdsaP384Sha384: return "ecdsa_secp384r1_sha384";
    case SignatureScheme::kRsaPssSha256: return "rsa_pss_rsae_sha256";
    case SignatureScheme::kRsaPssSha384: return "rsa_pss_rsae_sha384";
    case SignatureScheme::kRsaPssSha512: return "rsa_pss_rsae_sha512";
    case SignatureScheme::kEd25519: return "ed25519";
  }
  return "unknown";
}

bool suits(KeyAlgorithm key, SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kRsaPkcs1Sha256:
    case SignatureScheme::kRsaPkcs1Sha384:
    case SignatureScheme::kRsaPkcs1Sha512:
    case SignatureScheme::kRsaPssSha256:
    case SignatureScheme::kRsaPssSha384:
    case SignatureScheme::kRsaPssSha512: return key == KeyAlgorithm::kRsa;
    case SignatureScheme::kEcdsaP256Sha256: return key == KeyAlgorithm::kEcdsaP256;
    case SignatureScheme::kEcdsaP384Sha384: return key == KeyAlgorithm::kEcdsaP384;
    case SignatureScheme::kEd25519: return key == KeyAlgorithm::kEd25519;
  }
  return false;
}

bool isPkcs1(SignatureScheme scheme) {
  return scheme == SignatureScheme::kRsaPkcs1Sha256 || scheme == SignatureScheme::kRsaPkcs1Sha384 ||
         scheme == SignatureScheme::kRsaPkcs1Sha512;
}

Bytes sign(evp_pkey_st* key, SignatureScheme scheme, ByteView message) {
  if (scheme == SignatureScheme::kEcdsaP256Sha256) return signEcdsa(key, HashAlgorithm::kSha256, message);
  if (scheme == SignatureScheme::kEcdsaP384Sha384) return signEcdsa(key, HashAlgorithm::kSha384, message);
  const MdContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* keyContext = nullptr;  // the digest context owns it
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), &keyContext, digestOf(scheme), nullptr, key) != 1 ||
      !setPadding(keyContext, scheme) ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
    return {};
  }
  Bytes out(size);
  if (EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1) return {};
  out.resize(size);
  return out;
}

bool verify(evp_pkey_st* key, SignatureScheme scheme, ByteView message, ByteView signature) {
  const MdContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* keyContext = nullptr;  // the digest context owns it
  return EVP_DigestVerifyInit(context.get(), &keyContext, digestOf(scheme), nullptr, key) == 1 &&
         setPadding(keyContext, scheme) &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace tincan::inline v0::crypto

#include "crypto/identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/ec_key.h"
#include "crypto/ecdsa.h"

namespace tincan::inline v0::crypto {
namespace {

constexpr int64_t kDay = 86400;
constexpr unsigned kRsaPublicExponent = 65537;  // W3C WebRTC §4.9.1: publicExponent of the RSA default
constexpr size_t kSerialSize = 8;               // RFC 5280 §4.1.2.2: positive, at most 20 bytes

PkeyPtr generateKey(KeyType type, RandomSource& random) {
  switch (type) {
    case KeyType::kEcdsaP256: return generateEcKey("P-256", random);
    case KeyType::kEd25519: return generateRawKey(EVP_PKEY_ED25519, random);
    case KeyType::kRsa2048:
    case KeyType::kRsa3072: break;
  }
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const BignumPtr exponent(BN_new());
  BN_set_word(exponent.get(), kRsaPublicExponent);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), type == KeyType::kRsa2048 ? 2048 : 3072) != 1 ||
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) != 1 ||
      EVP_PKEY_keygen(context.get(), &key) != 1) {
    return nullptr;
  }
  return PkeyPtr(key);
}

// The signature that X509_sign made gives way to the one that the same key and certificate always get (RFC 6979).
bool signAgain(X509* x509, EVP_PKEY* key) {
  uint8_t* encoded = nullptr;
  const int size = i2d_re_X509_tbs(x509, &encoded);
  const Bytes signature =
      size > 0 ? signEcdsa(key, HashAlgorithm::kSha256, {encoded, static_cast<size_t>(size)}) : Bytes();
  OPENSSL_free(encoded);
  const ASN1_BIT_STRING* held = nullptr;
  X509_get0_signature(&held, nullptr, x509);
  // OpenSSL 3.0 shows the signature of a certificate as const alone.
  return !signature.empty() &&
         ASN1_STRING_set(const_cast<ASN1_BIT_STRING*>(held), signature.data(), static_cast<int>(signature.size())) == 1;
}

X509Ptr selfSign(EVP_PKEY* key, KeyType type, RandomSource& random, int64_t now, int64_t lifetime) {
  X509Ptr x509(X509_new());
  uint8_t serial[kSerialSize];
  random.fill(serial);
  serial[0] = static_cast<uint8_t>((serial[0] & 0x7F) | 0x40);  // positive, and always of the same size
  const BignumPtr number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get()));
  X509_set_version(x509.get(), X509_VERSION_3);
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), now - kDay);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), now + lifetime);
  // A name that says nothing about the user or the software, and differs each time (RFC 8827 §9.3: no tracking).
  const std::string common = random.text(16, "0123456789abcdef");
  X509_NAME* subject = X509_get_subject_name(x509.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, asBytes(common).data(), static_cast<int>(common.size()), -1,
                             0);
  X509_set_issuer_name(x509.get(), subject);
  X509_set_pubkey(x509.get(), key);
  const EVP_MD* digest = type == KeyType::kEd25519 ? nullptr : EVP_sha256();
  if (X509_sign(x509.get(), key, digest) <= 0) return nullptr;
  if (type == KeyType::kEcdsaP256 && !signAgain(x509.get(), key)) return nullptr;
  return x509;
}

Bytes toDer(X509* x509) {
  uint8_t* encoded = nullptr;
  const int size = i2d_X509(x509, &encoded);
  Bytes out(encoded, encoded + (size > 0 ? size : 0));
  OPENSSL_free(encoded);
  return out;
}

// A password callback that has none, so that an encrypted key fails instead of asking at the terminal.
int noPassword(char*, int, int, void*) {
  return -1;
}

}  // namespace

/// Keys of P-256, which nearly all are, are kept as their numbers, and libcrypto's of 2.5 KiB is made for each signature, of
/// which a handshake has one.
struct Identity::Parts {
  Parts(PkeyPtr given, Certificate ofKey) : certificate(std::move(ofKey)) {
    if (certificate.keyAlgorithm() == KeyAlgorithm::kEcdsaP256) numbers = ecParts(given.get());
    if (numbers.point.empty()) kept = std::move(given);
  }
  template <class Use>
  auto withKey(Use use) const {
    if (kept) return use(kept.get());
    return use(ecKey("P-256", numbers.point, numbers.scalar.view()).get());
  }

  Certificate certificate;
  EcParts numbers;
  PkeyPtr kept;
};

Identity::Identity(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Identity::Identity(Identity&&) noexcept = default;
Identity& Identity::operator=(Identity&&) noexcept = default;
Identity::~Identity() = default;

Result<Identity> Identity::generate(KeyType type, RandomSource& random, int64_t unixSecondsNow, int64_t lifetime) {
  PkeyPtr key = generateKey(type, random);
  X509Ptr x509 = key ? selfSign(key.get(), type, random, unixSecondsNow, lifetime) : nullptr;
  if (!x509) return {ErrorCode::kOperationError, "libcrypto could not make a key and its certificate"};
  auto certificate = Certificate::fromDer(toDer(x509.get()));
  if (!certificate) return certificate.error();
  certificate->forgetKey();
  return Identity(std::unique_ptr<Parts>(new Parts(std::move(key), std::move(*certificate))));
}

Result<Identity> Identity::fromPem(std::string_view text) {
  const auto open = [&] { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); };
  PkeyPtr key(PEM_read_bio_PrivateKey(open().get(), nullptr, noPassword, nullptr));
  X509Ptr x509(PEM_read_bio_X509(open().get(), nullptr, noPassword, nullptr));
  ERR_clear_error();
  if (!key) return {ErrorCode::kMalformed, "PEM: no private key that can be read without a password"};
  if (!x509) return {ErrorCode::kMalformed, "PEM: no certificate"};
  if (X509_check_private_key(x509.get(), key.get()) != 1) {
    ERR_clear_error();
    return {ErrorCode::kInvalidAccessError, "PEM: the certificate belongs to another private key"};
  }
  auto certificate = Certificate::fromDer(toDer(x509.get()));
  if (!certificate) return certificate.error();
  if (certificate->keyAlgorithm() == KeyAlgorithm::kOther) {
    return {ErrorCode::kUnsupported, "PEM: the key is none of ECDSA P-256, P-384, RSA, Ed25519"};
  }
  certificate->forgetKey();
  return Identity(std::unique_ptr<Parts>(new Parts(std::move(key), std::move(*certificate))));
}

std::string Identity::toPem() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  parts_->withKey([&](EVP_PKEY* key) {
    return PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  const ByteView der = parts_->certificate.der();
  const uint8_t* at = der.data();
  PEM_write_bio_X509(out.get(), X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size()))).get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

const Certificate& Identity::certificate() const {
  return parts_->certificate;
}

Result<Bytes> Identity::sign(SignatureScheme scheme, ByteView message) const {
  if (!suits(parts_->certificate.keyAlgorithm(), scheme)) {
    return {ErrorCode::kOperationError, "this key makes no such signature"};
  }
  Bytes signature = parts_->withKey([&](EVP_PKEY* key) { return crypto::sign(key, scheme, message); });
  ERR_clear_error();
  if (signature.empty()) return {ErrorCode::kOperationError, "libcrypto did not sign"};
  return signature;
}

std::vector<SignatureScheme> Identity::schemes(bool dtls13) const {
  switch (parts_->certificate.keyAlgorithm()) {
    case KeyAlgorithm::kEcdsaP256: return {SignatureScheme::kEcdsaP256Sha256};
    case KeyAlgorithm::kEcdsaP384: return {SignatureScheme::kEcdsaP384Sha384};
    case KeyAlgorithm::kEd25519: return {SignatureScheme::kEd25519};
    case KeyAlgorithm::kRsa:
      if (dtls13)
        return {SignatureScheme::kRsaPssSha256, SignatureScheme::kRsaPssSha384, SignatureScheme::kRsaPssSha512};
      return {SignatureScheme::kRsaPkcs1Sha256, SignatureScheme::kRsaPssSha256, SignatureScheme::kRsaPkcs1Sha384,
              SignatureScheme::kRsaPkcs1Sha512};
    case KeyAlgorithm::kOther: break;
  }
  return {};
}

}  // namespace tincan::inline v0::crypto

#include "dtls/handshake/offer.h"

#include <algorithm>

namespace tincan::inline v0::dtls {
namespace {

using crypto::NamedGroup;
using crypto::SignatureScheme;

// RFC 9325 §4.2.1 and §4.5: no SHA-1, and RSA keys of 2048 bits or more. Above 8192 a signature check costs an attacker
// little and us much.
constexpr SignatureScheme kSchemes[] = {
    SignatureScheme::kEcdsaP256Sha256, SignatureScheme::kRsaPssSha256,    SignatureScheme::kRsaPkcs1Sha256,
    SignatureScheme::kEd25519,         SignatureScheme::kEcdsaP384Sha384, SignatureScheme::kRsaPssSha384,
    SignatureScheme::kRsaPkcs1Sha384,  SignatureScheme::kRsaPssSha512,    SignatureScheme::kRsaPkcs1Sha512,
};
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

template <class T>
bool contains(std::span<const uint16_t> offered, T value) {
  return std::find(offered.begin(), offered.end(), static_cast<uint16_t>(value)) != offered.end();
}

}  // namespace

bool allows(const Config& config, NamedGroup group) {
  return std::find(config.groups.begin(), config.groups.end(), group) != config.groups.end();
}

bool allows(const Config& config, const CipherSuite& suite) {
  return config.cipherSuites.empty() || contains(config.cipherSuites, suite.id);
}

std::vector<uint16_t> acceptedSchemes(Version version) {
  std::vector<uint16_t> out;
  for (const SignatureScheme each : kSchemes) {
    // RFC 8446 §4.2.3: PKCS#1 is offered in 1.3 only for certificates' own signatures, which we do not judge.
    if (version == Version::kDtls12 || !crypto::isPkcs1(each)) out.push_back(static_cast<uint16_t>(each));
  }
  return out;
}

bool isAccepted(uint16_t scheme, Version version) {
  const auto accepted = acceptedSchemes(version);
  return contains(accepted, scheme);
}

std::optional<NamedGroup> chooseGroup(const Config& config, std::span<const uint16_t> offered) {
  for (const NamedGroup each : config.groups) {
    if (contains(offered, each)) return each;
  }
  return std::nullopt;
}

const CipherSuite* chooseCipherSuite(const Config& config, Version version, std::span<const uint16_t> offered) {
  const auto key = config.identity->certificate().keyAlgorithm();
  for (const CipherSuite& each : cipherSuites(version)) {
    if (contains(offered, each.id) && each.suits(key) && allows(config, each)) return &each;
  }
  return nullptr;
}

std::optional<SignatureScheme> chooseScheme(const crypto::Identity& identity, Version version,
                                            std::span<const uint16_t> offered) {
  for (const SignatureScheme each : identity.schemes(version == Version::kDtls13)) {
    if (contains(offered, each)) return each;
  }
  return std::nullopt;
}

std::optional<crypto::SrtpProfile> chooseSrtpProfile(const Config& config, std::span<const uint16_t> offered) {
  for (const crypto::SrtpProfile each : config.srtpProfiles) {
    if (contains(offered, each)) return each;
  }
  return std::nullopt;
}

std::optional<crypto::SrtpProfile> takeSrtpProfile(const Config& config, uint16_t chosen) {
  const uint16_t offered[] = {chosen};
  return chooseSrtpProfile(config, offered);
}

Status takeCertificate(ByteView der, std::optional<crypto::Certificate>& out) {
  auto certificate = crypto::Certificate::fromDer(der);
  if (!certificate) return Status::failure(AlertDescription::kBadCertificate, "the peer's certificate cannot be read");
  const int bits = certificate->keyBits();
  if (certificate->keyAlgorithm() == crypto::KeyAlgorithm::kOther) {
    return Status::failure(AlertDescription::kUnsupportedCertificate, "the peer's key is of a kind that we do not know",
                           ErrorCode::kUnsupported);
  }
  if (certificate->keyAlgorithm() == crypto::KeyAlgorithm::kRsa && (bits < kMinRsaBits || bits > kMaxRsaBits)) {
    return Status::failure(AlertDescription::kUnsupportedCertificate, "the peer's RSA key is too short or too long",
                           ErrorCode::kUnsupported);
  }
  out = std::move(*certificate);
  return Status::success();
}

Status checkSignature(const crypto::Certificate& certificate, Version version, uint16_t scheme, ByteView signedBytes,
                      ByteView signature) {
  // RFC 5246 §7.4.3, RFC 8446 §4.4.3: the scheme must be one that we offered, and fit the certificate's key.
  const auto known = static_cast<SignatureScheme>(scheme);
  if (!isAccepted(scheme, version) || !crypto::suits(certificate.keyAlgorithm(), known)) {
    return Status::failure(AlertDescription::kIllegalParameter, "a signature of a kind that was not offered");
  }
  if (!certificate.verify(known, signedBytes, signature)) {
    return Status::failure(AlertDescription::kDecryptError, "the peer's signature does not match",
                           ErrorCode::kUnauthenticated);
  }
  return Status::success();
}

}  // namespace tincan::inline v0::dtls

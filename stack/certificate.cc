#include "stack/certificate.h"

#include <algorithm>

namespace tincan::inline v0::stack {
namespace {

constexpr uint64_t kDefaultLifetime = 30ull * 86'400'000;   // W3C §4.9.1: expires
constexpr uint64_t kLongestLifetime = 365ull * 86'400'000;  // W3C §4.9.1: a user agent may limit it to this

Result<crypto::KeyType> keyTypeOf(const RTCCertificateKeyParams& params) {
  if (params.name == "Ed25519") return crypto::KeyType::kEd25519;
  if (params.name == "ECDSA") {
    if (params.namedCurve == "P-256") return crypto::KeyType::kEcdsaP256;
    return {ErrorCode::kNotSupportedError, "generateCertificate: no ECDSA key on " + params.namedCurve};
  }
  if (params.name == "RSASSA-PKCS1-v1_5" && params.hash == "SHA-256") {
    if (params.modulusLength == 2048) return crypto::KeyType::kRsa2048;
    if (params.modulusLength == 3072) return crypto::KeyType::kRsa3072;
    return {ErrorCode::kNotSupportedError,
            "generateCertificate: no RSA key of " + std::to_string(params.modulusLength) + " bits"};
  }
  return {ErrorCode::kNotSupportedError, "generateCertificate: no key of the kind " + params.name};
}

}  // namespace

Result<RTCCertificate> RTCCertificate::generate(const RTCCertificateKeyParams& keyParams, RandomSource& random,
                                                int64_t unixMillisNow) {
  const auto type = keyTypeOf(keyParams);
  if (!type) return type.error();
  const uint64_t lifetime = std::min(keyParams.expires.value_or(kDefaultLifetime), kLongestLifetime);
  auto identity =
      crypto::Identity::generate(*type, random, unixMillisNow / 1000, static_cast<int64_t>(lifetime / 1000));
  if (!identity) return identity.error();
  return RTCCertificate(std::make_shared<const crypto::Identity>(*std::move(identity)));
}

Result<RTCCertificate> RTCCertificate::fromPem(std::string_view keyAndCertificate) {
  auto identity = crypto::Identity::fromPem(keyAndCertificate);
  if (!identity) return identity.error();
  return RTCCertificate(std::make_shared<const crypto::Identity>(*std::move(identity)));
}

std::vector<RTCDtlsFingerprint> RTCCertificate::getFingerprints() const {
  std::vector<RTCDtlsFingerprint> out;
  for (const auto algorithm :
       {crypto::HashAlgorithm::kSha256, crypto::HashAlgorithm::kSha384, crypto::HashAlgorithm::kSha512}) {
    // "sha-256 4A:AD:…"
    const std::string text = identity_->certificate().fingerprint(algorithm).toString();
    const size_t space = text.find(' ');
    RTCDtlsFingerprint each{text.substr(0, space), text.substr(space + 1)};
    std::transform(each.value.begin(), each.value.end(), each.value.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace tincan::inline v0::stack

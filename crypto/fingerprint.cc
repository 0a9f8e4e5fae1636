#include "crypto/fingerprint.h"

#include <algorithm>
#include <optional>

#include "crypto/secret.h"

namespace tincan::inline v0::crypto {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<uint8_t> hexDigit(char c) {
  c = lower(c);
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<HashAlgorithm> hashByName(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  for (auto algorithm :
       {HashAlgorithm::kSha1, HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    if (name(algorithm) == lowered) return algorithm;
  }
  return std::nullopt;
}

}  // namespace

Result<Fingerprint> Fingerprint::parse(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return {ErrorCode::kMalformed, "fingerprint: expected \"hash AB:CD:…\""};
  const auto algorithm = hashByName(text.substr(0, space));
  // RFC 8122 §5: md5 and md2 MUST NOT be used; others are not known to us.
  if (!algorithm) return {ErrorCode::kUnsupported, "fingerprint: unknown hash"};
  const std::string_view digits = text.substr(space + 1);
  const size_t size = digestSize(*algorithm);
  if (digits.size() != size * 3 - 1) return {ErrorCode::kMalformed, "fingerprint: wrong length for its hash"};
  Fingerprint out{*algorithm, Bytes(size)};
  for (size_t i = 0; i < size; ++i) {
    const auto high = hexDigit(digits[i * 3]);
    const auto low = hexDigit(digits[i * 3 + 1]);
    const bool separated = i + 1 == size || digits[i * 3 + 2] == ':';
    if (!high || !low || !separated) return {ErrorCode::kMalformed, "fingerprint: not hex digits between colons"};
    out.value[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return out;
}

std::string Fingerprint::toString() const {
  std::string out(name(algorithm));
  char separator = ' ';
  for (const uint8_t byte : value) {
    out += separator;
    out += "0123456789ABCDEF"[byte >> 4];
    out += "0123456789ABCDEF"[byte & 15];
    separator = ':';
  }
  return out;
}

bool matchesFingerprint(ByteView der, std::span<const Fingerprint> fingerprints) {
  HashAlgorithm strongest = HashAlgorithm::kSha1;
  for (const Fingerprint& each : fingerprints) strongest = std::max(strongest, each.algorithm);
  if (strongest <= HashAlgorithm::kSha1) return false;
  const Digest digest = hash(strongest, der);
  bool matched = false;
  // RFC 8122 §5: several certificates may be named with one hash; any of them will do.
  for (const Fingerprint& each : fingerprints) {
    if (each.algorithm == strongest && equalConstantTime(each.value, digest.view())) matched = true;
  }
  return matched;
}

}  // namespace tincan::inline v0::crypto

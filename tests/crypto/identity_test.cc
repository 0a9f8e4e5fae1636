#include "crypto/identity.h"

#include <gtest/gtest.h>

#include "crypto/ec_key.h"

namespace tincan::inline v0::crypto {
namespace {

constexpr int64_t kNow = 1'790'000'000;

Identity make(KeyType type, uint64_t seed = 1) {
  SeededRandom random(seed);
  return std::move(Identity::generate(type, random, kNow)).value();
}

TEST(Identity, GeneratesSignsAndSurvivesPem) {
  struct Row {
    KeyType type;
    KeyAlgorithm algorithm;
    int bits;
  };
  for (const Row& row :
       {Row{KeyType::kEcdsaP256, KeyAlgorithm::kEcdsaP256, 256}, Row{KeyType::kRsa2048, KeyAlgorithm::kRsa, 2048},
        Row{KeyType::kEd25519, KeyAlgorithm::kEd25519, 256}}) {
    const Identity identity = make(row.type);
    const Certificate& certificate = identity.certificate();
    EXPECT_EQ(certificate.keyAlgorithm(), row.algorithm);
    EXPECT_EQ(certificate.keyBits(), row.bits);
    EXPECT_EQ(certificate.notBefore(), kNow - 86400);
    EXPECT_EQ(certificate.notAfter(), kNow + 30 * 86400);
    const auto again = Identity::fromPem(identity.toPem());
    ASSERT_TRUE(again.ok()) << again.error().message();
    EXPECT_TRUE(equalBytes(again->certificate().der(), certificate.der()));
    for (const bool dtls13 : {false, true}) {
      ASSERT_FALSE(identity.schemes(dtls13).empty());
      for (const SignatureScheme scheme : identity.schemes(dtls13)) {
        EXPECT_FALSE(dtls13 && isPkcs1(scheme));
        auto signature = again->sign(scheme, asBytes("message"));
        ASSERT_TRUE(signature.ok());
        EXPECT_TRUE(certificate.verify(scheme, asBytes("message"), *signature)) << name(scheme);
        EXPECT_FALSE(certificate.verify(scheme, asBytes("massage"), *signature));
        signature->back() ^= 1;
        EXPECT_FALSE(certificate.verify(scheme, asBytes("message"), *signature));
        EXPECT_FALSE(certificate.verify(scheme, asBytes("message"), {}));
      }
    }
    EXPECT_FALSE(identity.sign(static_cast<SignatureScheme>(0x0203), asBytes("x")).ok());
  }
  EXPECT_FALSE(make(KeyType::kEcdsaP256).sign(SignatureScheme::kRsaPkcs1Sha256, asBytes("x")).ok());
}

TEST(Identity, SameSeedSameKey) {
  EXPECT_TRUE(
      equalBytes(make(KeyType::kEd25519, 5).certificate().der(), make(KeyType::kEd25519, 5).certificate().der()));
  EXPECT_FALSE(
      equalBytes(make(KeyType::kEd25519, 5).certificate().der(), make(KeyType::kEd25519, 6).certificate().der()));
  EXPECT_EQ(make(KeyType::kEcdsaP256, 5).toPem(), make(KeyType::kEcdsaP256, 5).toPem());
  EXPECT_NE(make(KeyType::kEcdsaP256, 5).toPem(), make(KeyType::kEcdsaP256, 6).toPem());
}

TEST(Identity, RefusesBadPem) {
  const std::string pem = make(KeyType::kEcdsaP256).toPem();
  const std::string other = make(KeyType::kEcdsaP256, 2).toPem();
  const size_t split = pem.find("-----BEGIN CERTIFICATE");
  EXPECT_TRUE(Identity::fromPem(pem.substr(split) + pem.substr(0, split)).ok());
  EXPECT_FALSE(Identity::fromPem("").ok());
  EXPECT_FALSE(Identity::fromPem(pem.substr(0, split)).ok());
  EXPECT_FALSE(Identity::fromPem(pem.substr(split)).ok());
  const auto mixed = Identity::fromPem(pem.substr(0, split) + other.substr(other.find("-----BEGIN CERTIFICATE")));
  ASSERT_FALSE(mixed.ok());
  EXPECT_EQ(mixed.error().code(), ErrorCode::kInvalidAccessError);
  for (size_t cut = 0; cut < pem.size() - 2; cut += 7) EXPECT_FALSE(Identity::fromPem(pem.substr(0, cut)).ok()) << cut;
}

TEST(Certificate, RefusesWhatIsNone) {
  const Identity identity = make(KeyType::kEcdsaP256);
  const Bytes der = toBytes(identity.certificate().der());
  EXPECT_TRUE(Certificate::fromDer(der).ok());
  for (size_t cut = 0; cut < der.size(); ++cut)
    EXPECT_FALSE(Certificate::fromDer(ByteView(der).first(cut)).ok()) << cut;
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(Certificate::fromDer(longer).ok());
  // Any single changed byte: refused, or another certificate; never a crash.
  for (size_t i = 0; i < der.size(); ++i) {
    Bytes changed = der;
    changed[i] ^= 0xFF;
    (void)Certificate::fromDer(changed);
  }
}

TEST(Fingerprint, ParsesAndWrites) {
  const Identity identity = make(KeyType::kEcdsaP256);
  for (const auto algorithm :
       {HashAlgorithm::kSha1, HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    const Fingerprint fingerprint = identity.certificate().fingerprint(algorithm);
    const std::string text = fingerprint.toString();
    const auto parsed = Fingerprint::parse(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, fingerprint);
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_EQ(*Fingerprint::parse(lower), fingerprint);
    for (size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(Fingerprint::parse(text.substr(0, cut)).ok());
    EXPECT_FALSE(Fingerprint::parse(text + ":00").ok());
    EXPECT_FALSE(Fingerprint::parse(text + " ").ok());
  }
  EXPECT_EQ(Fingerprint::parse("md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF").error().code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(Fingerprint::parse("sha-3 00").error().code(), ErrorCode::kUnsupported);
  std::string bad = identity.certificate().fingerprint(HashAlgorithm::kSha1).toString();
  bad[9] = ';';
  EXPECT_FALSE(Fingerprint::parse(bad).ok());
}

TEST(Fingerprint, TheStrongestHashDecides) {
  const Identity right = make(KeyType::kEcdsaP256, 1), wrong = make(KeyType::kEcdsaP256, 2);
  const ByteView der = right.certificate().der();
  const auto of = [](const Identity& identity, HashAlgorithm a) { return identity.certificate().fingerprint(a); };
  using H = HashAlgorithm;
  EXPECT_TRUE(matchesFingerprint(der, std::vector{of(right, H::kSha256)}));
  EXPECT_TRUE(matchesFingerprint(der, std::vector{of(wrong, H::kSha256), of(right, H::kSha256)}));
  EXPECT_TRUE(matchesFingerprint(der, std::vector{of(right, H::kSha1), of(right, H::kSha256)}));
  EXPECT_FALSE(matchesFingerprint(der, std::vector{of(right, H::kSha1)}));
  EXPECT_FALSE(matchesFingerprint(der, std::vector{of(right, H::kSha1), of(wrong, H::kSha256)}));
  EXPECT_FALSE(matchesFingerprint(der, std::vector{of(right, H::kSha256), of(wrong, H::kSha384)}));
  EXPECT_FALSE(matchesFingerprint(der, {}));
}

}  // namespace
}  // namespace tincan::inline v0::crypto

#include "stack/certificate.h"

#include <set>

#include <gtest/gtest.h>

#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {
namespace {

using crypto::KeyAlgorithm;

constexpr int64_t kNow = 1'790'000'000'000;
constexpr int64_t kDay = 86'400'000;

RTCCertificateKeyParams rsa(uint32_t bits) {
  RTCCertificateKeyParams out;
  out.name = "RSASSA-PKCS1-v1_5";
  out.modulusLength = bits;
  return out;
}
RTCCertificateKeyParams named(std::string name) {
  RTCCertificateKeyParams out;
  out.name = std::move(name);
  return out;
}

// W3C §4.9.1.
TEST(RTCCertificate, OfEachKind) {
  SeededRandom random(1);
  const std::tuple<RTCCertificateKeyParams, KeyAlgorithm, int> kinds[] = {
      {{}, KeyAlgorithm::kEcdsaP256, 256},
      {rsa(2048), KeyAlgorithm::kRsa, 2048},
      {rsa(3072), KeyAlgorithm::kRsa, 3072},
      {named("Ed25519"), KeyAlgorithm::kEd25519, 0},
  };
  for (const auto& [params, algorithm, bits] : kinds) {
    const auto made = RTCCertificate::generate(params, random, kNow);
    ASSERT_TRUE(made.ok()) << made.error().toString();
    EXPECT_EQ(made->identity()->certificate().keyAlgorithm(), algorithm);
    // OpenSSL's versions differ about Ed25519's.
    if (bits != 0) {
      EXPECT_EQ(made->identity()->certificate().keyBits(), bits);
    }
    EXPECT_EQ(made->expires(), kNow + 30 * kDay);
  }
}

// W3C §4.9.1.
TEST(RTCCertificate, WhatIsNotSupportedSaysSo) {
  SeededRandom random(1);
  RTCCertificateKeyParams curve, hash = rsa(2048);
  curve.namedCurve = "P-521";
  hash.hash = "SHA-1";
  for (const auto& params : {curve, hash, rsa(1024), rsa(0), named("RSA-PSS"), named(""), named("ecdsa")}) {
    const auto made = RTCCertificate::generate(params, random, kNow);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), ErrorCode::kNotSupportedError);
  }
}

// W3C §4.9.1.
TEST(RTCCertificate, ExpiresWhenAskedButWithinAYear) {
  SeededRandom random(1);
  RTCCertificateKeyParams params;
  params.expires = 5000;
  EXPECT_EQ(RTCCertificate::generate(params, random, kNow)->expires(), kNow + 5000);
  params.expires = 0;
  EXPECT_EQ(RTCCertificate::generate(params, random, kNow)->expires(), kNow);
  params.expires = ~uint64_t{0};
  EXPECT_EQ(RTCCertificate::generate(params, random, kNow)->expires(), kNow + 365 * kDay);
}

// W3C §4.9.1; RFC 8122 §5.
TEST(RTCCertificate, FingerprintsAreThoseOfItsDer) {
  SeededRandom random(1);
  const auto made = RTCCertificate::generate({}, random, kNow);
  const auto fingerprints = made->getFingerprints();
  ASSERT_EQ(fingerprints.size(), 3u);
  const size_t sizes[] = {32, 48, 64};
  const char* names[] = {"sha-256", "sha-384", "sha-512"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(fingerprints[i].algorithm, names[i]);
    EXPECT_EQ(fingerprints[i].value.size(), sizes[i] * 3 - 1);
    EXPECT_EQ(fingerprints[i].value.find_first_not_of("0123456789abcdef:"), std::string::npos);
    const auto parsed = crypto::Fingerprint::parse(fingerprints[i].algorithm + " " + fingerprints[i].value);
    ASSERT_TRUE(parsed.ok());
    const std::vector<crypto::Fingerprint> list = {*parsed};
    EXPECT_TRUE(crypto::matchesFingerprint(made->identity()->certificate().der(), list));
  }
}

TEST(RTCCertificate, ThroughPemAndBack) {
  SeededRandom random(1);
  for (const auto& params : {RTCCertificateKeyParams{}, rsa(2048), named("Ed25519")}) {
    const auto made = RTCCertificate::generate(params, random, kNow);
    const auto again = RTCCertificate::fromPem(made->toPem());
    ASSERT_TRUE(again.ok()) << again.error().toString();
    EXPECT_EQ(again->expires(), made->expires());
    EXPECT_EQ(again->getFingerprints()[0].value, made->getFingerprints()[0].value);
    EXPECT_EQ(again->toPem(), made->toPem());
  }
  EXPECT_FALSE(RTCCertificate::fromPem("").ok());
  EXPECT_FALSE(RTCCertificate::fromPem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").ok());
}

// W3C §4.2.1.
// W3C §4.9.2.
TEST(RTCCertificate, AConnectionShowsItAndRefusesOneThatExpired) {
  SeededRandom random(1);
  PacketPool pool;
  const Environment environment{random, pool, kNow * 1000};
  RTCCertificateKeyParams params;
  params.expires = 1000;
  RTCConfiguration configuration;
  configuration.certificates = {PeerConnection::generateCertificate(params, environment).value()};
  auto connection = PeerConnection::create(configuration, environment);
  ASSERT_TRUE(connection.ok()) << connection.error().toString();
  ASSERT_TRUE((*connection)->createDataChannel("x").ok());
  const std::string sdp = (*connection)->createOffer()->sdp;
  const std::string own =
      configuration.certificates[0].identity()->certificate().fingerprint(crypto::HashAlgorithm::kSha256).toString();
  EXPECT_NE(sdp.find("a=fingerprint:" + own), std::string::npos) << sdp;

  const Environment later{random, pool, (kNow + 1000) * 1000};
  auto late = PeerConnection::create(configuration, later);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), ErrorCode::kInvalidAccessError);
}

}  // namespace
}  // namespace tincan::inline v0::stack

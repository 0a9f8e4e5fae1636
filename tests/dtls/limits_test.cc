// Bounds of a handshake, each at its edge: chains, keys, schemes, what is held back, and the numbers of records.
#include <memory>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "dtls/dtls12/messages.h"
#include "dtls/dtls13/messages.h"
#include "dtls/handshake/offer.h"
#include "peers.h"
#include "records.h"
#include "scripted_peer.h"

namespace tincan::inline v0::dtls {

/// 2^48 records are too many to write.
struct RecordLayerTestAccess {
  static void setNext(RecordLayer& layer, uint64_t epoch, uint64_t next) {
    for (auto& each : layer.writing_) {
      if (each.epoch == epoch) each.next = next;
    }
  }
};

namespace {

using crypto::KeyType;
using crypto::SignatureScheme;
using test::config;
using test::record;
using test::ScriptedPeer;
using test::Step;
using test::Steps;

constexpr Version kVersions[] = {Version::kDtls12, Version::kDtls13};

// ---- certificates

Bytes chainOf(Version version, size_t count) {
  const ByteView der = test::identity(KeyType::kEcdsaP256).certificate().der();
  ByteBuilder out;
  if (version == Version::kDtls13) out.u8(0);  // certificate_request_context
  out.prefixed(3, [&] {
    for (size_t i = 0; i < count; ++i) {
      out.prefixed(3, [&] { out.bytes(der); });
      if (version == Version::kDtls13) out.u16(0);  // extensions
    }
  });
  return out.take();
}

Status parseChain(Version version, size_t count) {
  const Bytes body = chainOf(version, count);
  if (version == Version::kDtls12) {
    dtls12::CertificateList list;
    return dtls12::CertificateList::parse(body, list);
  }
  dtls13::CertificateList message;
  return dtls13::CertificateList::parse(body, message);
}

// LIMITS B04
TEST(Limits, ChainsOfFourCertificatesAndNoMore) {
  for (const Version version : kVersions) {
    EXPECT_TRUE(parseChain(version, kMaxChain).ok()) << name(version);
    const Status status = parseChain(version, kMaxChain + 1);
    ASSERT_FALSE(status.ok()) << name(version);
    EXPECT_EQ(status.alert(), AlertDescription::kBadCertificate);
    EXPECT_EQ(status.error().code(), ErrorCode::kLimit);
  }
}

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, Free<free>>;

/// A certificate for an RSA key of so many bits, signed by somebody else: nobody has to find the primes.
Bytes rsaCertificate(int bits) {
  Owned<BIGNUM, BN_free> modulus(BN_new()), exponent(BN_new());
  EXPECT_TRUE(BN_set_bit(modulus.get(), bits - 1) && BN_set_bit(modulus.get(), 0) &&
              BN_set_word(exponent.get(), 65537));
  Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()), 1);
  Owned<EVP_PKEY, EVP_PKEY_free> key(made), signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));

  Owned<X509, X509_free> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  EXPECT_GT(X509_sign(certificate.get(), signer.get(), nullptr), 0);
  uint8_t* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  EXPECT_GT(size, 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// RFC 9325 §4.5: 2048 bits or more; and none whose check costs us more than it costs an attacker.
TEST(Limits, RsaKeysOf2048To8192Bits) {
  for (const int bits : {512, 1024, 2047, 8193, 16384}) {
    std::optional<crypto::Certificate> certificate;
    const Status status = takeCertificate(rsaCertificate(bits), certificate);
    ASSERT_FALSE(status.ok()) << bits;
    EXPECT_EQ(status.alert(), AlertDescription::kUnsupportedCertificate) << bits;
    EXPECT_FALSE(certificate) << bits;
  }
  for (const int bits : {2048, 3072, 8192}) {
    std::optional<crypto::Certificate> certificate;
    EXPECT_TRUE(takeCertificate(rsaCertificate(bits), certificate).ok()) << bits;
    ASSERT_TRUE(certificate) << bits;
    EXPECT_EQ(certificate->keyBits(), bits);
  }
}

// RFC 8446 §4.4.3: a right signature of a scheme that the peer was not offered. PKCS#1 suits the key, and 1.3 has it for
// certificates alone.
TEST(Limits, SignaturesOfSchemesThatWereOfferedAlone) {
  const crypto::Identity& rsa = test::identity(KeyType::kRsa2048);
  const Bytes text = {1, 2, 3};
  for (const auto scheme : {SignatureScheme::kRsaPkcs1Sha256, SignatureScheme::kRsaPssSha256}) {
    const Bytes signature = rsa.sign(scheme, text).value();
    const auto number = static_cast<uint16_t>(scheme);
    EXPECT_TRUE(checkSignature(rsa.certificate(), Version::kDtls12, number, text, signature).ok());
    const Status status = checkSignature(rsa.certificate(), Version::kDtls13, number, text, signature);
    EXPECT_EQ(status.ok(), scheme == SignatureScheme::kRsaPssSha256);
    if (!status.ok()) {
      EXPECT_EQ(status.alert(), AlertDescription::kIllegalParameter);
    }
  }
}

// ---- what is held back

Bytes earlyRecord(Version version, uint64_t sequence) {
  const Bytes payload(40, 7);
  if (version == Version::kDtls12) return test::plainRecord(ContentType::kApplicationData, payload, sequence, 1);
  ByteBuilder out;  // RFC 9147 §4: sequence of two bytes, a length, epoch 2
  out.u8(0x2E).u16(static_cast<uint16_t>(sequence)).u16(static_cast<uint16_t>(payload.size())).bytes(payload);
  return out.take();
}

TEST(Limits, EightRecordsThatCameBeforeTheirKeysAreHeld) {
  for (const Version version : kVersions) {
    PacketPool pool;
    SeededRandom random(1);
    const TimePoint now = TimePoint::fromMicros(1'000'000);
    Connection client(config(Role::kClient, KeyType::kEcdsaP256, version), random, pool);
    client.start(now);
    for (PacketBuffer packet; client.pollTransmit(now, packet);) packet.reset();
    ASSERT_EQ(pool.outstanding(), 0u);
    for (uint64_t i = 0; i < 100; ++i) client.receive(now, pool.copy(earlyRecord(version, i)));
    EXPECT_EQ(pool.outstanding(), 8u) << name(version);
    EXPECT_EQ(client.stats().recordsDropped, 92u) << name(version);
  }
}

/// Two ends on a wire without delay. The client is not told whom to expect until the test says so.
struct Ends {
  explicit Ends(Version version)
      : client(config(Role::kClient, KeyType::kEcdsaP256, version), clientRandom, pool),
        server(config(Role::kServer, KeyType::kEcdsaP256, version), serverRandom, pool) {
    server.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
    server.start(now);
    client.start(now);
    carry();
  }
  void carry() {
    for (bool moved = true; moved;) {
      moved = false;
      for (PacketBuffer packet; client.pollTransmit(now, packet); moved = true) server.receive(now, std::move(packet));
      for (PacketBuffer packet; server.pollTransmit(now, packet); moved = true) client.receive(now, std::move(packet));
    }
  }

  TimePoint now = TimePoint::fromMicros(1'000'000);
  PacketPool pool;
  SeededRandom clientRandom{1}, serverRandom{2};
  Connection client, server;
};

TEST(Limits, SixteenDatagramsAreHeldUntilThePeerIsKnown) {
  for (const Version version : kVersions) {
    Ends ends(version);
    ASSERT_EQ(ends.server.state(), State::kConnected) << name(version);
    ASSERT_EQ(ends.client.state(), State::kConnecting);
    const uint64_t before = ends.client.stats().recordsDropped;
    for (uint8_t i = 0; i < 40; ++i) ASSERT_TRUE(ends.server.send(ends.now, Bytes{i}).ok());
    ends.carry();
    EXPECT_EQ(ends.client.stats().recordsDropped - before, 24u) << name(version);
    ends.client.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
    test::Log log;
    log.drain(ends.client);
    EXPECT_EQ(ends.client.state(), State::kConnected);
    ASSERT_EQ(log.data.size(), 16u) << name(version);
    for (uint8_t i = 0; i < 16; ++i) EXPECT_EQ(log.data[i], Bytes{i});
  }
}

// An owner that does not poll, or a peer that is faster than it: what is over is dropped, as on any network.
TEST(Limits, AThousandAndTwentyFourEventsWaitToBePolled) {
  Ends ends(Version::kDtls12);
  ends.client.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
  test::Log log;
  log.drain(ends.client);
  ASSERT_EQ(ends.client.state(), State::kConnected);
  const uint64_t before = ends.client.stats().recordsDropped;
  for (int i = 0; i < 1200; ++i) {
    ASSERT_TRUE(ends.server.send(ends.now, Bytes{1}).ok());
    ends.carry();
  }
  EXPECT_EQ(ends.client.stats().recordsDropped - before, 176u);
  log.drain(ends.client);
  EXPECT_EQ(log.data.size(), 1024u);
  ASSERT_TRUE(ends.server.send(ends.now, Bytes{2}).ok());
  ends.carry();
  log.drain(ends.client);
  EXPECT_EQ(log.data.back(), Bytes{2});
}

TEST(Limits, GoodbyeIsSaidOnce) {
  Ends ends(Version::kDtls12);
  ends.client.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
  test::Log log;
  log.drain(ends.client);
  ASSERT_EQ(ends.client.state(), State::kConnected);
  const uint64_t before = ends.client.stats().datagramsSent;
  for (int i = 0; i < 3; ++i) ends.client.close(ends.now);
  for (PacketBuffer packet; ends.client.pollTransmit(ends.now, packet);) packet.reset();
  EXPECT_EQ(ends.client.stats().datagramsSent - before, 1u);
  log.states.clear();
  log.drain(ends.client);
  EXPECT_EQ(log.states, std::vector{State::kClosed});
}

// ---- what has no business in a handshake

// RFC 9147 §6.1: application data goes under epoch 3 and later; under the handshake's keys the peer has not shown who it
// is.
TEST(Limits, ApplicationDataUnderTheHandshakesKeysIsDropped) {
  for (const Role us : {Role::kClient, Role::kServer}) {
    const Role other = us == Role::kClient ? Role::kServer : Role::kClient;
    const auto insert = [](ScriptedPeer&, Steps& steps) {
      for (auto it = steps.begin(); it != steps.end(); ++it) {
        if (!it->is(HandshakeType::kFinished)) continue;
        steps.insert(it, record(ContentType::kApplicationData, 2, toBytes(asBytes("early"))));
        return;
      }
    };
    ScriptedPeer peer(config(us, KeyType::kEcdsaP256, Version::kDtls13),
                      config(other, KeyType::kEcdsaP256, Version::kDtls13), insert);
    peer.run();
    EXPECT_EQ(peer.subject().state(), State::kConnected);
    EXPECT_TRUE(peer.log().data.empty());
    EXPECT_EQ(peer.subject().stats().recordsDropped, 1u);
  }
}

// RFC 6347 §4.1.2.7, RFC 5246 §7.2.1: in the clear anyone can say goodbye for the peer.
TEST(Limits, ACloseNotifyInTheClearEndsNoHandshake) {
  const std::pair<Role, Version> subjects[] = {{Role::kClient, Version::kDtls12},
                                               {Role::kServer, Version::kDtls12},
                                               {Role::kClient, Version::kDtls13},
                                               {Role::kServer, Version::kDtls13}};
  for (const auto& [us, version] : subjects) {
    SCOPED_TRACE(std::string(name(version)) + (us == Role::kClient ? " client" : " server"));
    const Role other = us == Role::kClient ? Role::kServer : Role::kClient;
    size_t inserted = 0;
    const auto before = us == Role::kClient ? HandshakeType::kServerHello : HandshakeType::kCertificate;
    const auto insert = [&, before = before](ScriptedPeer&, Steps& steps) {
      for (auto it = steps.begin(); it != steps.end(); ++it) {
        if (!it->is(before)) continue;
        steps.insert(it, record(ContentType::kAlert, 0, {1, 0}));
        ++inserted;
        return;
      }
    };
    ScriptedPeer peer(config(us, KeyType::kEcdsaP256, version), config(other, KeyType::kEcdsaP256, version), insert);
    peer.run();
    EXPECT_EQ(inserted, 1u);
    EXPECT_EQ(peer.subject().state(), State::kConnected);
    EXPECT_TRUE(peer.log().keys);
  }
}

// DTLS 1.2 sends certificates in the clear, where anyone can send one first: another's is not taken, and the genuine one
// that follows under the same message_seq is.
TEST(Limits, AForgedCertificateInTheClearDoesNotWin) {
  for (const Role us : {Role::kClient, Role::kServer}) {
    const Role other = us == Role::kClient ? Role::kServer : Role::kClient;
    const auto insert = [](ScriptedPeer& peer, Steps& steps) {
      for (size_t i = 0; i < steps.size(); ++i) {
        if (!steps[i].is(HandshakeType::kCertificate)) continue;
        ByteBuilder list;
        list.prefixed(3, [&] { list.prefixed(3, [&] { list.bytes(test::otherIdentity().certificate().der()); }); });
        Step forged = test::message(HandshakeType::kCertificate, 0, list.take());
        forged.sequence = static_cast<uint16_t>(peer.nextSequence() + i);
        steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(i), forged);
        return;
      }
    };
    ScriptedPeer peer(config(us), config(other), insert);
    peer.run();
    EXPECT_EQ(peer.subject().state(), State::kConnected);
    EXPECT_EQ(peer.subject().stats().messagesPassedOver, 1u);
  }
}

// ---- the numbers of records

// RFC 6347 §4.1, RFC 9147 §4.2.1: a number must not wrap, or a nonce would come twice.
TEST(Limits, TheLastOf2To48RecordsIsWrittenAndNoneBehindIt) {
  constexpr uint64_t kLast = (uint64_t{1} << 48) - 1;
  PacketPool pool;
  RecordLayer layer;
  RecordLayerTestAccess::setNext(layer, 0, kLast);
  RecordNumber number;
  PacketBuffer out = pool.allocate();
  ASSERT_TRUE(layer.write(ContentType::kHandshake, 0, Bytes{1}, out, &number));
  EXPECT_EQ(number.sequence, kLast);
  const size_t size = out.size();
  EXPECT_FALSE(layer.write(ContentType::kHandshake, 0, Bytes{1}, out, &number));
  EXPECT_EQ(out.size(), size);
  EXPECT_EQ(number.sequence, kLast);
  EXPECT_EQ(layer.written(0), kLast + 1);
}

}  // namespace
}  // namespace tincan::inline v0::dtls

// The reference: OpenSSL's DTLS 1.2 at the other end, in both roles.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "dtls/connection.h"
#include "libssl_peer.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::config;
using test::LibsslPeer;

/// One of ours and one of theirs, joined by a wire without loss.
struct Interop {
  Interop(Config ours, const crypto::Identity& theirs, LibsslPeer::Options options)
      : random(7), connection(ours, random, pool), peer(theirs, withRole(options, ours.role)) {
    connection.setRemoteFingerprints(test::fingerprintsOf(theirs));
    connection.start(now);
    peer.start();
    exchange();
  }
  static LibsslPeer::Options withRole(LibsslPeer::Options options, Role ours) {
    options.role = ours == Role::kClient ? Role::kServer : Role::kClient;
    return options;
  }
  void exchange() {
    for (bool moved = true; moved;) {
      moved = false;
      PacketBuffer packet;
      while (connection.pollTransmit(now, packet)) {
        largest = std::max(largest, packet.size());
        moved = true;
        peer.receive(packet.view());
      }
      for (const Bytes& datagram : peer.take()) {
        moved = true;
        ++datagramsFromPeer;
        connection.receive(now, pool.copy(datagram));
      }
      log.drain(connection);
    }
  }
  void waitOut() {
    while (connection.state() == State::kConnecting && !connection.nextTimeout().isNever()) {
      now = std::max(now, connection.nextTimeout());
      connection.handleTimeout(now);
      exchange();
    }
  }
  bool connected() { return connection.state() == State::kConnected && peer.connected(); }
  std::string why() { return log.error ? log.error->toString() : "no error of ours"; }

  TimePoint now = TimePoint::fromMicros(5);
  PacketPool pool;
  SeededRandom random;
  Connection connection;
  LibsslPeer peer;
  test::Log log;
  size_t largest = 0;
  size_t datagramsFromPeer = 0;
};

void expectSameExport(Interop& call) {
  ASSERT_TRUE(call.log.keys);
  const auto& keys = *call.log.keys;
  const size_t key = crypto::keySize(keys.profile), salt = crypto::saltSize(keys.profile);
  const Bytes theirs = call.peer.exporter(2 * (key + salt));
  ByteReader reader(theirs);
  const ByteView clientKey = reader.view(key), serverKey = reader.view(key), clientSalt = reader.view(salt),
                 serverSalt = reader.view(salt);
  const bool client = equalBytes(keys.localKey.view(), clientKey);
  EXPECT_TRUE(equalBytes(keys.localKey.view(), client ? clientKey : serverKey));
  EXPECT_TRUE(equalBytes(keys.remoteKey.view(), client ? serverKey : clientKey));
  EXPECT_TRUE(equalBytes(keys.localSalt.view(), client ? clientSalt : serverSalt));
  EXPECT_TRUE(equalBytes(keys.remoteSalt.view(), client ? serverSalt : clientSalt));
}

struct Row {
  const char* suite;  // OpenSSL's name
  const char* name;   // IANA's
  bool rsa;
};
constexpr Row kRows[] = {
    {"ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", false},
    {"ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", false},
    {"ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", false},
    {"ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true},
    {"ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", true},
    {"ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", true},
};

TEST(Libssl, EverySuiteGroupAndRole) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    for (const Row& row : kRows) {
      for (const std::string group : {"X25519", "P-256", "P-384"}) {
        SCOPED_TRACE(std::string(row.suite) + " " + group + (role == Role::kClient ? " client" : " server"));
        // libssl refuses a certificate on a curve that its groups lack.
        if (!row.rsa && group != "P-256") continue;
        const KeyType serverKey = row.rsa ? KeyType::kRsa2048 : KeyType::kEcdsaP256;
        const KeyType ours = role == Role::kServer ? serverKey : KeyType::kRsa2048;
        const KeyType theirs = role == Role::kClient ? serverKey : KeyType::kRsa2048;
        LibsslPeer::Options options;
        options.ciphers = row.suite;
        options.groups = group;
        Interop call(config(role, ours), test::identity(theirs), options);
        ASSERT_TRUE(call.connected()) << call.why();
        EXPECT_EQ(call.connection.cipherSuite(), row.name);
        EXPECT_EQ(call.connection.group(), group);
        expectSameExport(call);
        EXPECT_EQ(call.peer.srtpProfile(), "SRTP_AEAD_AES_128_GCM");
        ASSERT_TRUE(call.connection.send(call.now, asBytes("hello, libssl")).ok());
        ASSERT_TRUE(call.peer.write(asBytes("hello, tincan")));
        call.exchange();
        ASSERT_EQ(call.peer.received.size(), 1u);
        ASSERT_EQ(call.log.data.size(), 1u);
        EXPECT_EQ(asText(call.peer.received[0]), "hello, libssl");
        EXPECT_EQ(asText(call.log.data[0]), "hello, tincan");
      }
    }
  }
}

TEST(Libssl, EveryKeyOfBothEnds) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    for (const KeyType ours : {KeyType::kEcdsaP256, KeyType::kRsa2048, KeyType::kEd25519}) {
      for (const KeyType theirs : {KeyType::kEcdsaP256, KeyType::kRsa2048, KeyType::kEd25519}) {
        // libssl has no DTLS server with Ed25519 (its check is for TLS 1.2 by number).
        if (role == Role::kClient && theirs == KeyType::kEd25519) continue;
        SCOPED_TRACE(testing::Message() << int(role) << int(ours) << int(theirs));
        Interop call(config(role, ours), test::identity(theirs), {});
        EXPECT_TRUE(call.connected()) << call.why();
      }
    }
  }
}

TEST(Libssl, CookieSmallMtuAndEverySrtpProfile) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    Config ours = config(role, KeyType::kRsa2048);
    ours.mtu = 300;
    ours.cookieExchange = true;
    LibsslPeer::Options options;
    options.cookie = true;
    options.mtu = 300;
    Interop call(ours, test::identity(KeyType::kRsa2048), options);
    EXPECT_TRUE(call.connected()) << call.why();
    EXPECT_LE(call.largest, 300u);
    EXPECT_GT(call.datagramsFromPeer, 5u);
  }
  using crypto::SrtpProfile;
  for (const auto& [profile, name] : std::initializer_list<std::pair<SrtpProfile, const char*>>{
           {SrtpProfile::kAes128CmSha1_80, "SRTP_AES128_CM_SHA1_80"},
           {SrtpProfile::kAes128CmSha1_32, "SRTP_AES128_CM_SHA1_32"},
           {SrtpProfile::kAeadAes128Gcm, "SRTP_AEAD_AES_128_GCM"},
           {SrtpProfile::kAeadAes256Gcm, "SRTP_AEAD_AES_256_GCM"}}) {
    for (const Role role : {Role::kClient, Role::kServer}) {
      Config ours = config(role);
      ours.srtpProfiles = {profile};
      LibsslPeer::Options options;
      options.srtp = "SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32:SRTP_AEAD_AES_128_GCM";
      Interop call(ours, test::identity(KeyType::kEcdsaP256), options);
      ASSERT_TRUE(call.connected()) << call.why();
      EXPECT_EQ(call.peer.srtpProfile(), name);
      expectSameExport(call);
    }
  }
}

TEST(Libssl, NoSrtpNoKeys) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    LibsslPeer::Options options;
    options.srtp = "";
    Interop call(config(role), test::identity(KeyType::kEcdsaP256), options);
    EXPECT_TRUE(call.connected()) << call.why();
    EXPECT_FALSE(call.log.keys);
  }
}

TEST(Libssl, ExtendedMasterSecretIsRequired) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    LibsslPeer::Options options;
    options.extendedMasterSecret = false;
    Interop call(config(role), test::identity(KeyType::kEcdsaP256), options);
    EXPECT_FALSE(call.connected());
    if (role == Role::kClient) {
      // Its ServerHello came in the clear: passed over, and told at the time-out.
      EXPECT_EQ(call.connection.state(), State::kConnecting);
      call.waitOut();
      EXPECT_EQ(call.connection.state(), State::kFailed);
      EXPECT_TRUE(call.peer.failed());  // it saw our alert
    } else {
      EXPECT_EQ(call.connection.stats().helloesRefused, 1u);
      call.waitOut();
      EXPECT_EQ(call.connection.state(), State::kFailed);
    }
    // What the peer lacks, and what would take it.
    const std::string who = role == Role::kClient ? "the server" : "the client";
    EXPECT_NE(call.why().find(who + " lacks extended_master_secret"), std::string::npos) << call.why();
    EXPECT_NE(call.why().find("security.allowNoExtendedMasterSecret"), std::string::npos) << call.why();
  }
}

// RFC 5246 §8.1. OpenSSL's keys are the same as ours, so the secret is.
TEST(Libssl, TheClassicMasterSecretWhereItIsAllowed) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    for (const bool theirs : {false, true}) {
      for (const Row& row : kRows) {
        LibsslPeer::Options options;
        options.extendedMasterSecret = theirs;
        options.ciphers = row.suite;
        const KeyType type = row.rsa ? KeyType::kRsa2048 : KeyType::kEcdsaP256;
        Config ours = config(role, type);
        ours.allowNoExtendedMasterSecret = true;
        Interop call(ours, test::identity(type), options);
        ASSERT_TRUE(call.connected()) << call.why();
        EXPECT_EQ(SSL_get_extms_support(call.peer.ssl()), theirs ? 1 : 0);
        expectSameExport(call);
        ASSERT_TRUE(call.connection.send(call.now, asBytes("there")).ok());
        call.exchange();
        EXPECT_EQ(call.peer.received.size(), 1u);
      }
    }
  }
}

TEST(Libssl, RenegotiationIsRefusedAndTheConnectionLives) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    Interop call(config(role), test::identity(KeyType::kEcdsaP256), {});
    ASSERT_TRUE(call.connected());
    ASSERT_TRUE(call.peer.renegotiate());
    call.exchange();
    EXPECT_EQ(call.connection.state(), State::kConnected);
    EXPECT_FALSE(call.log.error);
  }
}

TEST(Libssl, CloseNotifyBothWays) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    Interop theirs(config(role), test::identity(KeyType::kEcdsaP256), {});
    ASSERT_TRUE(theirs.connected());
    theirs.peer.shutdown();
    theirs.exchange();
    EXPECT_EQ(theirs.connection.state(), State::kClosed);

    Interop ours(config(role), test::identity(KeyType::kEcdsaP256), {});
    ASSERT_TRUE(ours.connected());
    ours.connection.close(ours.now);
    ours.exchange();
    EXPECT_TRUE(ours.peer.closed);
    EXPECT_EQ(ours.connection.state(), State::kClosed);
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls

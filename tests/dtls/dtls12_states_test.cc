// Every message in every state, and every message cut at every byte: a scripted peer in place of each side.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dtls/connection.h"
#include "dtls/dtls12/client.h"
#include "dtls/dtls12/messages.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/server_hello.h"
#include "peers.h"
#include "records.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::config;

std::vector<Bytes> drain(Connection& connection, TimePoint now) {
  std::vector<Bytes> out;
  PacketBuffer packet;
  while (connection.pollTransmit(now, packet)) out.push_back(toBytes(packet.view()));
  return out;
}

/// Our connection, and a genuine far end whose messages the test forwards one by one, or replaces.
struct Script {
  explicit Script(Role ours)
      : random(1),
        otherRandom(2),
        subject(config(ours), random, pool),
        other(config(opposite(ours)), otherRandom, pool) {
    subject.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
    other.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
    subject.start(now);
    other.start(now);
    if (ours == Role::kServer) {
      expected = test::plainMessages(drain(other, now));
    } else {
      for (const Bytes& datagram : drain(subject, now)) other.receive(now, pool.copy(datagram));
      expected = test::plainMessages(drain(other, now));
    }
  }
  static Role opposite(Role role) { return role == Role::kClient ? Role::kServer : Role::kClient; }

  void feed(ByteView datagram) { subject.receive(now, pool.copy(datagram)); }
  void feed(HandshakeType type, uint16_t sequence, ByteView body) { feed(test::handshakeRecord(type, sequence, body)); }
  /// Forwards the next genuine message. When the server has had its ClientHello, the client's second flight is fetched.
  void forward() {
    const HandshakeMessage message = expected[forwarded++];
    feed(message.type, message.sequence, message.body);
    if (message.type != HandshakeType::kClientHello) return;
    for (const Bytes& datagram : drain(subject, now)) other.receive(now, pool.copy(datagram));
    for (HandshakeMessage& each : test::plainMessages(drain(other, now))) expected.push_back(std::move(each));
  }
  /// What was said in the clear is passed over until the time-out, which tells of it.
  std::optional<AlertDescription> alertInTheEnd() {
    std::optional<AlertDescription> out;
    while (subject.state() == State::kConnecting && !subject.nextTimeout().isNever()) {
      drain(subject, now);
      now = std::max(now, subject.nextTimeout());
      subject.handleTimeout(now);
      out = test::plainAlert(drain(subject, now));
    }
    return out;
  }

  TimePoint now = TimePoint::fromMicros(1);
  PacketPool pool;
  SeededRandom random, otherRandom;
  Connection subject, other;
  std::vector<HandshakeMessage> expected;
  size_t forwarded = 0;
};

constexpr size_t kClientSteps = 5;  // ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone
constexpr size_t kServerSteps = 4;  // ClientHello, Certificate, ClientKeyExchange, CertificateVerify

TEST(Dtls12States, EveryMessageInEveryState) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    const size_t steps = role == Role::kClient ? kClientSteps : kServerSteps;
    for (size_t step = 0; step <= steps; ++step) {
      // All that have a meaning in either version, and a few that have none.
      for (const int type : {0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 21, 24, 99, 254, 255}) {
        Script script(role);
        for (size_t i = 0; i < step; ++i) script.forward();
        drain(script.subject, script.now);
        const bool more = step < steps;
        const auto kind = static_cast<HandshakeType>(type);
        // The genuine next message is the one that is welcome.
        if (more && kind == script.expected[step].type) continue;
        SCOPED_TRACE("step " + std::to_string(step) + " type " + std::to_string(type));
        const uint16_t sequence = static_cast<uint16_t>(step);
        script.feed(kind, sequence, Bytes(40));
        const bool firstHello = role == Role::kServer && step == 0;
        const bool ignored = role == Role::kClient && kind == HandshakeType::kHelloRequest;
        const bool verify = role == Role::kClient && step == 0 && kind == HandshakeType::kHelloVerifyRequest;
        if (firstHello) {
          // Not our client: nothing is said, and the genuine hello still works.
          EXPECT_EQ(script.subject.state(), State::kConnecting);
          EXPECT_TRUE(drain(script.subject, script.now).empty());
          script.forward();
          EXPECT_TRUE(script.subject.version());
        } else if (ignored) {
          EXPECT_EQ(script.subject.state(), State::kConnecting);
        } else {
          EXPECT_EQ(script.subject.state(), State::kConnecting);
          EXPECT_EQ(script.subject.stats().messagesPassedOver, 1u);
          const auto alert = script.alertInTheEnd();
          EXPECT_EQ(script.subject.state(), State::kFailed);
          // After its own Finished the client's alerts are under keys.
          if (role == Role::kClient && !more) continue;
          EXPECT_EQ(alert, verify ? AlertDescription::kDecodeError : AlertDescription::kUnexpectedMessage);
        }
      }
    }
  }
}

Status parse(HandshakeType type, ByteView body) {
  switch (type) {
    case HandshakeType::kClientHello: {
      ClientHello out;
      return ClientHello::parse(body, out);
    }
    case HandshakeType::kServerHello: {
      ServerHello out;
      return ServerHello::parse(body, out);
    }
    case HandshakeType::kCertificate: {
      dtls12::CertificateList out;
      return dtls12::CertificateList::parse(body, out);
    }
    case HandshakeType::kServerKeyExchange: {
      dtls12::ServerKeyExchange out;
      return dtls12::ServerKeyExchange::parse(body, out);
    }
    case HandshakeType::kCertificateRequest: {
      dtls12::CertificateRequest out;
      return dtls12::CertificateRequest::parse(body, out);
    }
    case HandshakeType::kClientKeyExchange: {
      dtls12::ClientKeyExchange out;
      return dtls12::ClientKeyExchange::parse(body, out);
    }
    case HandshakeType::kCertificateVerify: {
      dtls12::CertificateVerify out;
      return dtls12::CertificateVerify::parse(body, out);
    }
    case HandshakeType::kHelloVerifyRequest: {
      dtls12::HelloVerifyRequest out;
      return dtls12::HelloVerifyRequest::parse(body, out);
    }
    default: return Status::failure(AlertDescription::kUnexpectedMessage, "no parser");
  }
}

TEST(Dtls12States, EveryParserAtEveryByte) {
  std::vector<HandshakeMessage> messages;
  for (const Role role : {Role::kClient, Role::kServer}) {
    Script script(role);
    if (role == Role::kServer) script.forward();
    for (const HandshakeMessage& each : script.expected) {
      if (each.type != HandshakeType::kServerHelloDone) messages.push_back(each);
    }
  }
  messages.push_back({HandshakeType::kHelloVerifyRequest, 0, 0, dtls12::HelloVerifyRequest{Bytes(20)}.serialize()});
  EXPECT_EQ(messages.size(), 9u);
  for (const HandshakeMessage& message : messages) {
    SCOPED_TRACE(std::string(name(message.type)));
    ASSERT_TRUE(parse(message.type, message.body).ok());
    const bool hello = message.type == HandshakeType::kClientHello || message.type == HandshakeType::kServerHello;
    size_t accepted = 0;
    for (size_t cut = 0; cut < message.body.size(); ++cut) {
      if (parse(message.type, ByteView(message.body).first(cut)).ok()) ++accepted;
    }
    EXPECT_EQ(accepted, hello ? 1u : 0u);  // a hello may end where its extensions would begin
    Bytes longer = message.body;
    longer.push_back(0);
    EXPECT_FALSE(parse(message.type, longer).ok());
    // Each byte one up and one down: refused, or read, but never past the end.
    for (size_t i = 0; i < message.body.size(); ++i) {
      for (const int delta : {1, -1}) {
        Bytes changed = message.body;
        changed[i] = static_cast<uint8_t>(changed[i] + delta);
        (void)parse(message.type, changed);
      }
    }
  }
}

TEST(Dtls12States, EveryMessageCutShortOrWithOneMore) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    const size_t steps = role == Role::kClient ? kClientSteps : kServerSteps;
    for (size_t step = 0; step < steps; ++step) {
      for (size_t cut = 0;; ++cut) {
        Script script(role);
        while (script.forwarded < step) script.forward();
        drain(script.subject, script.now);
        Bytes body = script.expected[step].body;
        if (cut > body.size() + 1) break;
        // Each cut is a handshake: a few of the middle will do here, the test of the parsers has them all.
        if (cut == body.size() || (cut > 8 && cut + 3 < body.size() && cut % 29 != 0)) continue;
        body.resize(cut);
        script.feed(script.expected[step].type, script.expected[step].sequence, body);
        SCOPED_TRACE("step " + std::to_string(step) + " cut " + std::to_string(cut));
        if (role == Role::kServer && step == 0) {
          EXPECT_EQ(script.subject.stats().helloesRefused, 1u);
        } else {
          EXPECT_EQ(script.subject.state(), State::kConnecting);
          EXPECT_EQ(script.subject.stats().messagesPassedOver, 1u);
          EXPECT_TRUE(script.alertInTheEnd());
          EXPECT_EQ(script.subject.state(), State::kFailed);
        }
      }
    }
  }
}

void addExtension(Bytes& hello, size_t lengthAt, std::initializer_list<uint8_t> bytes) {
  hello.insert(hello.end(), bytes);
  storeBe16(&hello[lengthAt], static_cast<uint16_t>(loadBe16(&hello[lengthAt]) + bytes.size()));
}

// What Chromium and Firefox send today: 1.3 and 1.2 offered, a post-quantum share of 1,216 bytes, GREASE in every list,
// unknown extensions, in two datagrams. We answer with 1.2 and X25519.
Bytes browserHello(std::vector<uint16_t> versions) {
  SeededRandom random(5);
  ClientHello hello = dtls12::Client::makeHello(config(Role::kClient), random);
  hello.versions = std::move(versions);
  hello.cipherSuites.insert(hello.cipherSuites.begin(), {0x5A5A, 0x1301, 0x1302, 0x1303});
  hello.groups.insert(hello.groups.begin(), {0x3A3A, 0x11EC});
  hello.keyShares = {{0x3A3A, {0}}, {0x11EC, Bytes(1216, 7)}, {0x001D, Bytes(32, 9)}};
  hello.srtpProfiles = {1, 8, 7};
  Bytes body = hello.serialize();
  constexpr size_t kSuitesAt = 36;
  const size_t extensionsAt = kSuitesAt + 2 + loadBe16(&body[kSuitesAt]) + 2;
  addExtension(body, extensionsAt, {0xDA, 0xDA, 0, 1, 0});                                 // GREASE
  addExtension(body, extensionsAt, {0, 16, 0, 9, 0, 7, 6, 'w', 'e', 'b', 'r', 't', 'c'});  // ALPN
  addExtension(body, extensionsAt, {0, 35, 0, 0});                                         // session_ticket
  addExtension(body, extensionsAt, {0, 45, 0, 2, 1, 1});                                   // psk_key_exchange_modes
  return body;
}

void feedInTwoDatagrams(Connection& server, PacketPool& pool, const Bytes& hello) {
  const size_t split = 1200;
  ASSERT_GT(hello.size(), split);
  const auto length = static_cast<uint32_t>(hello.size());
  for (const bool second : {true, false}) {  // in the wrong order, too
    const ByteView part = second ? ByteView(hello).subspan(split) : ByteView(hello).first(split);
    ByteBuilder payload;
    const auto offset = static_cast<uint32_t>(second ? split : 0);
    FragmentHeader{HandshakeType::kClientHello, length, 0, offset, static_cast<uint32_t>(part.size())}.write(payload);
    server.receive({}, pool.copy(test::plainRecord(ContentType::kHandshake, payload.bytes(part).view())));
  }
}

TEST(Dtls12States, ABrowsersHelloIsAnsweredWithTheHighestVersionOfBoth) {
  for (const Version most : {Version::kDtls12, Version::kDtls13}) {
    for (const bool offers13 : {false, true}) {
      Config ours = config(Role::kServer);
      ours.maxVersion = most;
      PacketPool pool;
      SeededRandom random(1);
      Connection server(ours, random, pool);
      server.start({});
      feedInTwoDatagrams(server, pool,
                         browserHello(offers13 ? std::vector<uint16_t>{0x6A6A, 0xFEFC, 0xFEFD}
                                               : std::vector<uint16_t>{0x6A6A, 0xFEFD}));
      const bool is13 = offers13 && most == Version::kDtls13;
      EXPECT_EQ(server.version(), is13 ? Version::kDtls13 : Version::kDtls12);
      EXPECT_EQ(server.group(), "X25519");  // the share for a post-quantum group is passed over, without a retry
      EXPECT_EQ(server.srtpProfile(), crypto::SrtpProfile::kAeadAes128Gcm);
      const auto flight = test::plainMessages(drain(server, {}));
      ASSERT_EQ(flight.size(), is13 ? 1u : 5u);
      ServerHello hello;
      ASSERT_TRUE(ServerHello::parse(flight[0].body, hello).ok());
      EXPECT_EQ(hello.version.has_value(), is13);
      EXPECT_FALSE(hello.isRetryRequest());
      // RFC 8446 §4.1.3: only a server that could have done better has something to confess.
      EXPECT_EQ(isDowngraded(hello.random), most == Version::kDtls13 && !is13);
    }
  }
}

TEST(Dtls12States, AClientOf13OnlyIsRefused) {
  PacketPool pool;
  SeededRandom random(1);
  Connection server(config(Role::kServer), random, pool);
  server.start({});
  feedInTwoDatagrams(server, pool, browserHello({0xFEFC}));
  EXPECT_EQ(server.stats().helloesRefused, 1u);
}

}  // namespace
}  // namespace tincan::inline v0::dtls

// The cookie exchange keeps no state of first hellos: whoever else says hello, the genuine client connects.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/server_hello.h"
#include "peers.h"
#include "records.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using crypto::NamedGroup;
using test::Pair;

constexpr Version kVersions[] = {Version::kDtls12, Version::kDtls13};

Config client(Version version) {
  return test::config(Role::kClient, KeyType::kEcdsaP256, version);
}
// Speaks both: which one it will be is the genuine client's to say.
Config server() {
  Config out = test::config(Role::kServer, KeyType::kEcdsaP256, Version::kDtls12);
  out.maxVersion = Version::kDtls13;
  out.cookieExchange = true;
  return out;
}

/// What another client says first.
std::vector<Bytes> foreignHello(Config config, uint64_t seed) {
  PacketPool pool;
  SeededRandom random(seed);
  Connection other(std::move(config), random, pool);
  other.start(TimePoint::fromMicros(0));
  std::vector<Bytes> out;
  PacketBuffer packet;
  while (other.pollTransmit(TimePoint::fromMicros(0), packet)) out.push_back(toBytes(packet.view()));
  return out;
}

void inject(Pair& pair, const std::vector<Bytes>& datagrams) {
  for (const Bytes& each : datagrams) pair.server.receive(pair.now, pair.pool.copy(each));
}

/// The hello in a datagram that holds one whole, as the next of somebody's messages.
std::vector<Bytes> asSecond(const std::vector<Bytes>& datagrams, const std::function<void(ClientHello&)>& change) {
  const auto messages = test::plainMessages(datagrams);
  ClientHello hello;
  EXPECT_TRUE(ClientHello::parse(messages.at(0).body, hello));
  if (change) change(hello);
  return {test::handshakeRecord(HandshakeType::kClientHello, 1, hello.serialize())};
}

bool isHello(ByteView datagram, uint16_t sequence) {
  return datagram.size() > 19 && datagram[0] == 22 && datagram[13] == 1 && loadBe16(&datagram[17]) == sequence;
}

std::string why(const Pair& pair) {
  std::string out;
  for (const test::Log* log : {&pair.clientLog, &pair.serverLog}) out += log->error ? log->error->toString() : " - ";
  return out;
}

enum When { kBefore, kBetween, kAfter };

// The answers to what is made up go to the genuine client, for it is its address that was forged.
TEST(Cookie, A13SpoofedHellosBeforeBetweenAndAfterTheGenuineOnes) {
  for (const Version genuine : kVersions) {
    for (const Version foreign : kVersions) {
      for (const bool otherGroup : {false, true}) {
        for (const When when : {kBefore, kBetween, kAfter}) {
          Config spoofed = client(foreign);
          // A share that the server has no use for: it asks for another.
          if (otherGroup) spoofed.groups = {NamedGroup::kP384, NamedGroup::kX25519};
          Config ours = server();
          ours.groups = {NamedGroup::kX25519, NamedGroup::kP256};
          Pair pair(client(genuine), ours);
          SCOPED_TRACE(std::string(name(genuine)) + ", forged " + std::string(name(foreign)) +
                       (otherGroup ? ", other group, " : ", ") + std::to_string(when));
          bool injected = false;
          pair.onDatagram = [&](Role sender, Bytes& datagram) {
            // Once the second hello is there, the server is the genuine client's.
            const bool due = when == kAfter ? sender == Role::kServer && pair.server.version().has_value()
                                            : sender == Role::kClient && isHello(datagram, when == kBefore ? 0 : 1);
            if (!due || injected) return true;
            injected = true;
            inject(pair, foreignHello(spoofed, 77));
            if (when == kAfter) inject(pair, asSecond(foreignHello(spoofed, 78), nullptr));
            return true;
          };
          pair.start();
          EXPECT_TRUE(pair.connect(Duration::seconds(5))) << why(pair);
          EXPECT_TRUE(injected);
          EXPECT_EQ(pair.server.version(), genuine);
        }
      }
    }
  }
}

// A flood of them, each from somebody else, and some in pieces; and second hellos that nobody was asked for.
TEST(Cookie, A21ManySpoofedHellosKeepNothingAndStopNobody) {
  for (const Version genuine : kVersions) {
    Pair pair(client(genuine), server());
    std::vector<std::vector<Bytes>> hellos;
    for (uint64_t i = 0; i < 50; ++i) {
      hellos.push_back(foreignHello(client(kVersions[i % 2]), 1000 + i));
      if (i % 3 == 0) hellos.back() = asSecond(hellos.back(), nullptr);
    }
    pair.server.start(pair.now);
    const uint64_t refused = pair.server.stats().helloesRefused;
    for (const auto& each : hellos) inject(pair, each);
    EXPECT_EQ(pair.server.stats().helloesRefused - refused, 17u) << "the second ones, without a cookie";
    EXPECT_LE(pair.server.stats().bytesSent, pair.server.stats().bytesReceived);
    PacketBuffer answer;
    while (pair.server.pollTransmit(pair.now, answer)) answer.reset();
    EXPECT_FALSE(pair.server.version());
    pair.start();
    EXPECT_TRUE(pair.connect(Duration::seconds(2))) << why(pair);
  }
}

TEST(Cookie, FlippedOrForeignCookiesAreDroppedAndCounted) {
  for (const Version version : kVersions) {
    for (int bit = 0; bit < 8 * 32; bit += 5) {
      Pair pair(client(version), server());
      bool changed = false;
      uint64_t before = 0;
      pair.onDatagram = [&](Role sender, Bytes& datagram) {
        if (sender != Role::kClient || !isHello(datagram, 1) || changed) return true;
        changed = true;
        before = pair.server.stats().helloesRefused;
        inject(pair, asSecond({test::handshakeRecord(HandshakeType::kClientHello, 0, ByteView(datagram).subspan(25))},
                              [&](ClientHello& hello) {
                                Bytes& cookie = version == Version::kDtls12 ? hello.cookie : hello.cookie13;
                                cookie.at(static_cast<size_t>(bit) / 8) ^= static_cast<uint8_t>(1 << bit % 8);
                              }));
        EXPECT_EQ(pair.server.stats().helloesRefused, before + 1);
        EXPECT_FALSE(pair.server.version());
        return true;
      };
      pair.start();
      ASSERT_TRUE(pair.connect(Duration::millis(300))) << why(pair);
      EXPECT_TRUE(changed);
    }
  }
}

// RFC 8446 §4.1.2: the cookie of our client in another one's hello.
TEST(Cookie, A13AnotherClientsHelloWithTheGenuineCookieIsDropped) {
  Pair pair(client(Version::kDtls13), server());
  bool injected = false;
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    if (sender != Role::kClient || !isHello(datagram, 1) || injected) return true;
    injected = true;
    ClientHello genuine;
    EXPECT_TRUE(ClientHello::parse(ByteView(datagram).subspan(25), genuine));
    inject(pair, asSecond(foreignHello(client(Version::kDtls13), 5),
                          [&](ClientHello& hello) { hello.cookie13 = genuine.cookie13; }));
    inject(pair, asSecond(foreignHello(client(Version::kDtls13), 5), [&](ClientHello& hello) {
             hello = genuine;
             hello.keyShares->front().key.back() ^= 1;
           }));
    EXPECT_EQ(pair.server.stats().helloesRefused, 2u);
    EXPECT_FALSE(pair.server.version());
    return true;
  };
  pair.start();
  EXPECT_TRUE(pair.connect(Duration::millis(300))) << why(pair);
  EXPECT_TRUE(injected);
}

// A first hello that the server takes and cannot use leaves it open for the other version.
TEST(Cookie, AHelloWhoseShareIsNoPointDoesNotSettleTheVersion) {
  Config ours = server();
  ours.cookieExchange = false;
  Config spoofed = client(Version::kDtls13);
  spoofed.groups = {NamedGroup::kP256};
  Pair pair(client(Version::kDtls12), ours);
  pair.server.start(pair.now);
  ClientHello hello;
  ASSERT_TRUE(ClientHello::parse(test::plainMessages(foreignHello(spoofed, 9)).at(0).body, hello));
  hello.keyShares->front().key.back() ^= 1;
  inject(pair, {test::handshakeRecord(HandshakeType::kClientHello, 0, hello.serialize())});
  EXPECT_EQ(pair.server.stats().helloesRefused, 1u);
  EXPECT_FALSE(pair.server.version());
  pair.start();
  EXPECT_TRUE(pair.connect(Duration::millis(300))) << why(pair);
}

}  // namespace
}  // namespace tincan::inline v0::dtls

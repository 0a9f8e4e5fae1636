// LIMITS A30: when a connection is gone, so are its keys. The heap, freed blocks included, has none of their bytes.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "crypto/srtp_profile.h"
#include "dtls/cipher_suite.h"
#include "dtls/dtls12/keys.h"
#include "dtls/dtls13/key_schedule.h"
#include "dtls/handshake/server_hello.h"
#include "heap_scan.h"
#include "peers.h"
#include "records.h"

namespace tincan::inline v0::dtls {
namespace {

/// Secrets to look for. Static: the search leaves this storage out.
struct Needle {
  char name[40];
  uint8_t bytes[64];
  size_t size;
};
std::array<Needle, 32> needles;
size_t needleCount = 0;

void remember(std::string_view name, ByteView bytes) {
  Needle& out = needles.at(needleCount++);
  std::copy(name.begin(), name.end(), out.name);
  out.name[name.size()] = '\0';
  std::copy(bytes.begin(), bytes.end(), out.bytes);
  out.size = bytes.size();
}

uint8_t digit(char c) {
  return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

// Straight from the text of the key log into static storage.
void rememberLog(const std::string& log) {
  for (size_t at = 0; at < log.size();) {
    const size_t end = log.find('\n', at), first = log.find(' ', at), second = log.rfind(' ', end);
    Needle& out = needles.at(needleCount++);
    std::copy(log.begin() + static_cast<std::ptrdiff_t>(at), log.begin() + static_cast<std::ptrdiff_t>(first),
              out.name);
    out.name[first - at] = '\0';
    out.size = (end - second - 1) / 2;
    for (size_t i = 0; i < out.size; ++i) {
      out.bytes[i] = static_cast<uint8_t>(digit(log[second + 1 + 2 * i]) << 4 | digit(log[second + 2 + 2 * i]));
    }
    at = end + 1;
  }
}

void rememberRecordKeys13() {
  const CipherSuite& suite = *findCipherSuite(0x1301);
  const size_t secrets = needleCount;
  for (size_t i = 0; i < secrets; ++i) {
    const Needle& each = needles[i];
    if (std::string_view(each.name).find("TRAFFIC") == std::string_view::npos) continue;
    const RecordKeys keys = dtls13::recordKeys(suite, crypto::SecretBytes(ByteView(each.bytes, each.size)));
    remember("record key", keys.key.view());
    remember("number key", keys.numberKey.view());
  }
}

void rememberRecordKeys12(test::Pair& pair) {
  Random client{}, server{};
  const CipherSuite* suite = nullptr;
  for (const auto& [sender, datagram] : pair.trace) {
    for (const HandshakeMessage& each : test::plainMessages({datagram})) {
      if (each.type == HandshakeType::kClientHello) std::copy_n(each.body.begin() + 2, 32, client.begin());
      ServerHello hello;
      if (each.type != HandshakeType::kServerHello || !ServerHello::parse(each.body, hello)) continue;
      server = hello.random;
      suite = findCipherSuite(hello.cipherSuite);
    }
  }
  ASSERT_NE(suite, nullptr);
  const dtls12::KeyBlock keys = dtls12::deriveKeys(*suite, ByteView(needles[0].bytes, 48), client, server);
  remember("client_write_key", keys.client.key.view());
  remember("server_write_key", keys.server.key.view());
}

std::vector<size_t> searchHeap() {
  std::vector<ByteView> views;
  for (size_t i = 0; i < needleCount; ++i) views.emplace_back(needles[i].bytes, needles[i].size);
  return test::countInHeap(views);
}

// `closed`: while the connections are still there, but closed; else when they are gone.
void expectNoKeysAfter(Version version, bool closed) {
  needleCount = 0;
  Config client = test::config(Role::kClient, crypto::KeyType::kEd25519);
  Config server = test::config(Role::kServer, crypto::KeyType::kEd25519);
  client.minVersion = client.maxVersion = server.minVersion = server.maxVersion = version;
  client.keepKeyLog = true;  // hexadecimal: its text is no key's bytes
  auto pair = std::make_unique<test::Pair>(client, server);
  pair->tracing = true;
  pair->start();
  ASSERT_TRUE(pair->connect());
  ASSERT_TRUE(pair->client.send(pair->now, asBytes("some data")).ok());
  pair->run(Duration::seconds(1));
  rememberLog(pair->client.keyLog());
  if (version == Version::kDtls12) {
    rememberRecordKeys12(*pair);
  } else {
    rememberRecordKeys13();
  }
  remember("SRTP client key", pair->clientLog.keys->localKey.view());
  remember("SRTP server key", pair->clientLog.keys->remoteKey.view());
  // The search finds what is there: the log still holds them.
  EXPECT_GT(searchHeap().back(), 0u);
  pair->clientLog.keys.reset();
  pair->serverLog.keys.reset();
  pair->client.close(pair->now);
  pair->run(Duration::seconds(1));
  ASSERT_EQ(pair->server.state(), State::kClosed);
  if (!closed) pair.reset();
  const std::vector<size_t> counts = searchHeap();
  for (size_t i = 0; i < needleCount; ++i) EXPECT_EQ(counts[i], 0u) << needles[i].name;
}

TEST(Secrets, A30NoKeyBytesInTheHeapWhenAConnectionOf12IsGone) {
  expectNoKeysAfter(Version::kDtls12, false);
}
TEST(Secrets, A30NoKeyBytesInTheHeapWhenAConnectionOf12IsClosed) {
  expectNoKeysAfter(Version::kDtls12, true);
}

TEST(Secrets, A30NoKeyBytesInTheHeapWhenAConnectionOf13IsGone) {
  expectNoKeysAfter(Version::kDtls13, false);
}
TEST(Secrets, A30NoKeyBytesInTheHeapWhenAConnectionOf13IsClosed) {
  expectNoKeysAfter(Version::kDtls13, true);
}

}  // namespace
}  // namespace tincan::inline v0::dtls

// Handshakes and spoofed hellos in numbers: no memory is left behind. TINCAN_LONG=1 runs 100,000 of each; LeakSanitizer
// has the last word at the program's end.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "heap_scan.h"
#include "long_run.h"
#include "peers.h"
#include "records.h"

namespace tincan::inline v0::dtls {
namespace {

using test::Pair;

size_t residentKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
  }
  return 0;
}

// Every third one ends in an alert instead of a goodbye.
void life(Version version, uint64_t seed) {
  Config client = test::config(Role::kClient), server = test::config(Role::kServer);
  client.minVersion = client.maxVersion = server.minVersion = server.maxVersion = version;
  server.cookieExchange = seed % 2 == 0;
  client.keepKeyLog = seed % 5 == 0;
  Pair pair(client, server, seed);
  if (seed % 3 == 0) pair.server.setRemoteFingerprints(test::fingerprintsOf(test::otherIdentity()));
  pair.start();
  ASSERT_EQ(pair.connect(), seed % 3 != 0);
  (void)pair.client.send(pair.now, asBytes("hello"));
  pair.run(Duration::millis(100));
  pair.client.close(pair.now);
  pair.run(Duration::millis(100));
  ASSERT_EQ(pair.pool.outstanding(), 0u);
}

void soak(Version version) {
  const uint64_t count = test::longRun() ? 100'000 : 300;
  const uint64_t warm = count / 3;  // allocators and OpenSSL's caches settle
  const auto begun = std::chrono::steady_clock::now();
  size_t before = 0, resident = 0;
  for (uint64_t i = 1; i <= count; ++i) {
    if (i == warm) before = test::liveHeapBytes(), resident = residentKilobytes();
    life(version, i);
    if (testing::Test::HasFatalFailure()) return;
  }
  const size_t after = test::liveHeapBytes();
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun).count();
  std::printf(
      "%s: %llu handshakes in %lld s; live heap %zu bytes after a third, %zu at the end; resident %zu kB, %zu kB\n",
      std::string(name(version)).c_str(), static_cast<unsigned long long>(count), static_cast<long long>(seconds),
      before, after, resident, residentKilobytes());
  // Flat: what a handshake leaves behind would be there two thirds of the count times. (What is resident grows under
  // AddressSanitizer until its quarantine of freed blocks is full.)
  EXPECT_LT(after, before + count / 2);
}

TEST(Soak, HandshakesOf12LeaveNothingBehind) {
  soak(Version::kDtls12);
}

TEST(Soak, HandshakesOf13LeaveNothingBehind) {
  soak(Version::kDtls13);
}

Bytes helloOf(Version version) {
  PacketPool pool;
  SeededRandom random(3);
  Connection client(test::config(Role::kClient, crypto::KeyType::kEcdsaP256, version), random, pool);
  client.start({});
  PacketBuffer packet;
  client.pollTransmit({}, packet);
  return test::plainMessages({toBytes(packet.view())}).at(0).body;
}

// LIMITS A21. What answers, and with how much, when hellos come from addresses that nobody has: half of them only as a
// first fragment.
void spoof(Version version, bool cookie) {
  const uint32_t count = test::longRun() ? 100'000 : 2'000;
  PacketPool pool;
  SeededRandom random(1), helloRandom(2);
  Config config = test::config(Role::kServer, crypto::KeyType::kEcdsaP256, version);
  config.cookieExchange = cookie;
  const Bytes hello = helloOf(version);
  uint64_t received = 0, sent = 0;
  size_t largestHeld = 0;
  std::vector<Connection> servers;
  // A server of WebRTC has one connection a peer, and ICE has checked where its datagrams come from; here they are
  // spread over 50 that never hear of their own peer.
  for (int i = 0; i < 50; ++i) {
    servers.emplace_back(config, random, pool);
    servers.back().start({});
  }
  const size_t before = test::liveHeapBytes();
  TimePoint now = TimePoint::fromMicros(0);
  for (uint32_t i = 0; i < count; ++i) {
    now += Duration::micros(10);  // 100,000 a second
    Connection& server = servers[i % servers.size()];
    Bytes body = hello;
    helloRandom.fill(MutableByteView(body).subspan(2, 32));
    const size_t half = i % 2 == 0 ? body.size() : body.size() / 2;
    ByteBuilder payload;
    FragmentHeader{HandshakeType::kClientHello, static_cast<uint32_t>(body.size()), 0, 0, static_cast<uint32_t>(half)}
        .write(payload);
    const Bytes datagram =
        test::plainRecord(ContentType::kHandshake, payload.bytes(ByteView(body).first(half)).view(), i);
    received += datagram.size();
    server.receive(now, pool.copy(datagram));
    server.handleTimeout(now);
    PacketBuffer packet;
    while (server.pollTransmit(now, packet)) sent += packet.size();
    packet.reset();
    largestHeld = std::max(largestHeld, pool.outstanding());
  }
  const size_t after = test::liveHeapBytes();
  std::printf(
      "%s: %u spoofed hellos%s: %llu bytes in, %llu bytes out (x %.2f), %zu packets held, live heap %zu -> %zu bytes\n",
      std::string(name(version)).c_str(), count, cookie ? " with the cookie exchange" : "",
      static_cast<unsigned long long>(received), static_cast<unsigned long long>(sent),
      static_cast<double>(sent) / static_cast<double>(received), largestHeld, before, after);
  EXPECT_EQ(largestHeld, 0u);
  EXPECT_LT(sent, received);                           // no amplification, as a whole
  EXPECT_LT(after, before + servers.size() * 64'000);  // what one hello may make of one connection
  for (Connection& each : servers) EXPECT_NE(each.state(), State::kConnected);
}

TEST(Soak, A21SpoofedHellosGetNoAmplification) {
  for (const Version version : {Version::kDtls12, Version::kDtls13}) {
    spoof(version, false);
    spoof(version, true);
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls

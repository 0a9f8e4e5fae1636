#include <gtest/gtest.h>

#include "ice/frame_reader.h"
#include "ice/tcp_streams.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

AgentConfig tcp(Role r, TcpCandidates which = TcpCandidates::kAll) {
  AgentConfig config = role(r);
  config.tcp = which;
  return config;
}

bool isUdp(const Transmit& t) {
  return t.route.protocol == Protocol::kUdp;
}

std::vector<PacketBuffer> all(Ring<PacketBuffer>& ring) {
  std::vector<PacketBuffer> out;
  for (PacketBuffer packet; ring.take(packet);) out.push_back(std::move(packet));
  return out;
}

// RFC 4571 §2.
TEST(FrameReader, CutsAnywhere) {
  PacketPool pool;
  Bytes stream;
  for (const size_t size : {size_t{1}, size_t{0}, size_t{300}, FrameReader::kMaxFrame, size_t{2}}) {
    stream.push_back(static_cast<uint8_t>(size >> 8));
    stream.push_back(static_cast<uint8_t>(size));
    stream.insert(stream.end(), size, static_cast<uint8_t>(size));
  }
  for (size_t step = 1; step < 400; ++step) {
    FrameReader reader;
    Ring<PacketBuffer> frames;
    for (size_t from = 0; from < stream.size(); from += step) {
      reader.read(ByteView(stream).subspan(from, std::min(step, stream.size() - from)), pool, frames);
    }
    const auto out = all(frames);
    ASSERT_EQ(out.size(), 4u) << step;
    EXPECT_EQ(out[0].size(), 1u);
    EXPECT_EQ(out[1].size(), 300u);
    EXPECT_EQ(out[2].size(), FrameReader::kMaxFrame);
    EXPECT_EQ(out[3].size(), 2u);
    for (const PacketBuffer& packet : out) EXPECT_EQ(packet.view().back(), static_cast<uint8_t>(packet.size()));
  }
}

TEST(FrameReader, SkipsWhatNoBufferHolds) {
  PacketPool pool;
  FrameReader reader;
  Ring<PacketBuffer> frames;
  const Bytes zeros(70000);
  for (const size_t size : {FrameReader::kMaxFrame + 1, size_t{65535}}) {
    Bytes header{static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
    reader.read(header, pool, frames);
    reader.read(ByteView(zeros).first(size), pool, frames);
    EXPECT_EQ(pool.outstanding(), 0u);
  }
  reader.read(Bytes{0, 1, 7}, pool, frames);
  const auto out = all(frames);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].data()[0], 7);
  EXPECT_EQ(reader.skipped(), 2u);
}

// RFC 6544 §4.2: between two candidates of one type UDP goes first, then the active side.
TEST(Tcp, Priorities) {
  const uint32_t udp = candidatePriority(CandidateType::kHost, 0, 1);
  const uint32_t active = tcpCandidatePriority(CandidateType::kHost, TcpType::kActive, 0, 1);
  const uint32_t passive = tcpCandidatePriority(CandidateType::kHost, TcpType::kPassive, 0x1fff, 1);
  EXPECT_EQ(active >> 24, 90u);
  EXPECT_EQ(active >> 8 & 0xffff, 6u << 13);
  EXPECT_EQ(passive >> 8 & 0xffff, 4u << 13 | 0x1fff);
  EXPECT_GT(udp, active);
  EXPECT_GT(active, passive);
  EXPECT_GT(candidatePriority(CandidateType::kServerReflexive, 0, 1), active);
  EXPECT_GT(passive, candidatePriority(CandidateType::kRelay, 0xffff, 1));
  EXPECT_GT(tcpCandidatePriority(CandidateType::kPeerReflexive, TcpType::kSo, 0, 1),
            tcpCandidatePriority(CandidateType::kPeerReflexive, TcpType::kActive, 0, 1));
}

TEST(Tcp, CandidatesAreToldOnlyWhenAskedFor) {
  for (const TcpCandidates which : {TcpCandidates::kOff, TcpCandidates::kActive, TcpCandidates::kAll}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1"), ip("192.0.2.11"), ip("2001:db8::1")}, tcp(Role::kControlling, which));
    a.agent->gather(net.now);
    net.run(Duration::millis(10));
    EXPECT_TRUE(a.gathered);
    size_t active = 0, passive = 0;
    for (const Candidate& c : a.candidates) {
      active += c.tcpType == TcpType::kActive && c.address.port == 9 ? 1 : 0;
      passive += c.tcpType == TcpType::kPassive && c.address.port >= 40000 ? 1 : 0;
      EXPECT_TRUE(Candidate::parse(c.toString()).value() == c) << c.toString();
    }
    EXPECT_EQ(active, which == TcpCandidates::kAll ? 2u : 0u);
    EXPECT_EQ(passive, which == TcpCandidates::kAll ? 3u : 0u);
    EXPECT_EQ(a.listening.size(), passive);
  }
}

// No UDP gets through: whoever listens is called, whichever side controls; data and consent take the stream.
TEST(Tcp, ConnectsWhereUdpIsBlocked) {
  for (const Role first : {Role::kControlling, Role::kControlled}) {
    for (const TcpCandidates other : {TcpCandidates::kActive, TcpCandidates::kAll}) {
      Network net;
      net.tap = isUdp;
      Node& a = net.add({ip("192.0.2.1")}, tcp(first));
      Node& b =
          net.add({ip("192.0.2.2")}, tcp(first == Role::kControlling ? Role::kControlled : Role::kControlling, other));
      introduce(net, a, b);
      ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
      EXPECT_EQ(a.agent->selectedPair()->route.protocol, Protocol::kTcp);
      EXPECT_EQ(a.agent->selectedPair()->remote.protocol, Protocol::kTcp);
      for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(net.sendData(a, "\x80 a" + std::string(static_cast<size_t>(i) * 4, 'a')));
        ASSERT_TRUE(net.sendData(b, "\x80 b" + std::to_string(i)));
        if (i % 10 == 0) net.run(Duration::millis(7));
      }
      net.run(Duration::seconds(120));
      EXPECT_TRUE(up(a) && up(b));
      ASSERT_EQ(a.data.size(), 300u);
      ASSERT_EQ(b.data.size(), 300u);
      for (size_t i = 0; i < 300; ++i) EXPECT_EQ(b.data[i].size(), 3 + i * 4);
      EXPECT_GT(a.agent->stats().consentChecksSent, 15u);
    }
  }
}

// Both kinds of path work: UDP it is.
// RFC 6544 §4.2.
TEST(Tcp, StandsBehindUdp) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, tcp(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, tcp(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(2));
  EXPECT_TRUE(nominated(a) && nominated(b));
  EXPECT_EQ(a.agent->selectedPair()->route.protocol, Protocol::kUdp);
}

TEST(Tcp, AClosedStreamIsAFailedPair) {
  Network net;
  net.tap = isUdp;
  Node& a = net.add({ip("192.0.2.1")}, tcp(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, tcp(Role::kControlled));
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  net.tap = nullptr;  // UDP works from now on
  net.cutStreams();
  net.run(Duration::millis(1));
  EXPECT_FALSE(net.sendData(a, "\x80 nowhere"));
  EXPECT_EQ(a.agent->state(), State::kDisconnected);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(3), [&] { return nominated(a) && nominated(b) && up(a) && up(b); }));
  EXPECT_EQ(a.agent->selectedPair()->route.protocol, Protocol::kUdp);
  EXPECT_TRUE(net.sendData(a, "\x80 on"));
  net.run(Duration::millis(100));
  EXPECT_EQ(b.data, std::vector<std::string>{"\x80 on"});
}

TEST(Tcp, RestartOverTheSameStream) {
  Network net;
  net.tap = isUdp;
  Node& a = net.add({ip("192.0.2.1")}, tcp(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, tcp(Role::kControlled, TcpCandidates::kActive));
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  a.agent->restart(net.now);
  b.agent->restart(net.now);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  EXPECT_TRUE(net.sendData(a, "\x80 1") && net.sendData(b, "\x80 1"));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  net.run(Duration::seconds(30));
  EXPECT_TRUE(up(a) && up(b));
  EXPECT_EQ(net.streamCount(), 1u);
}

TEST(Tcp, RefusedConnectionsFailThePair) {
  Network net;
  net.tap = isUdp;
  Node& a = net.add({ip("192.0.2.1")}, tcp(Role::kControlling));
  a.agent->gather(net.now);
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  a.agent->addRemoteCandidate(net.now, Candidate::parse("1 1 tcp 9 192.0.2.2 7000 typ host tcptype passive").value());
  a.agent->endOfRemoteCandidates(net.now);
  net.run(Duration::seconds(31));
  EXPECT_EQ(a.agent->state(), State::kFailed);
  EXPECT_TRUE(a.agent->nextTimeout().isNever());
}

/// Streams that the test itself plays.
struct Listener {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, tcp(Role::kControlled));

  Listener() {
    a.agent->gather(net.now);
    net.drain();
  }
  Route accept(std::string_view from) {
    const Route route{Protocol::kTcp, a.listening.at(0), at(from)};
    a.agent->handleIoResult(net.now, StreamAccepted{route});
    return route;
  }
  size_t closed() {
    size_t count = 0;
    IoRequest request;
    while (a.agent->pollIoRequest(request)) count += std::holds_alternative<CloseStream>(request) ? 1 : 0;
    return count;
  }
};

// A stranger who connects and says nothing of worth is shown out; no more than the limit get in.
TEST(Tcp, StrangersAreBoundedAndShownOut) {
  Listener host;
  const size_t limit = AgentConfig().maxTcpStreams;
  for (size_t i = 0; i < limit + 10; ++i) host.accept("203.0.113.1:" + std::to_string(1000 + i));
  EXPECT_EQ(host.closed(), 10u);
  EXPECT_EQ(host.a.agent->stats().streamsRefused, 10u);
  const Route first{Protocol::kTcp, host.a.listening[0], at("203.0.113.1:1000")};
  host.net.injectStream(host.a, first, Bytes(5000, 0xff));  // half of a packet that is too long
  host.net.injectStream(host.a, first, Bytes{0x80});
  EXPECT_TRUE(host.a.data.empty());
  host.a.agent->handleTimeout(host.net.now + Duration::seconds(9));
  EXPECT_EQ(host.closed(), 0u);
  host.a.agent->handleTimeout(host.net.now + Duration::seconds(10));
  EXPECT_EQ(host.closed(), limit);
  EXPECT_TRUE(host.a.agent->nextTimeout().isNever());
  EXPECT_EQ(host.net.pool.outstanding(), 0u);
}

// LIMITS B02: of the connections that the peer's candidates have us open, too.
TEST(Tcp, NoMoreThanTheLimitAreOpened) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, tcp(Role::kControlling, TcpCandidates::kActive));
  a.agent->gather(net.now);
  net.drain();
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  const size_t limit = AgentConfig().maxTcpStreams;
  for (size_t i = 0; i < limit + 10; ++i) {
    const std::string port = std::to_string(5000 + i);
    const std::string line = port + " 1 tcp 9 203.0.113.1 " + port + " typ host tcptype passive";
    a.agent->addRemoteCandidate(net.now, Candidate::parse(line).value());
  }
  size_t opened = 0;
  for (int i = 0; i < 200; ++i) {
    net.now = net.now + Duration::millis(50);
    a.agent->handleTimeout(net.now);
    Transmit out;
    while (a.agent->pollTransmit(net.now, out)) {
    }
    IoRequest request;
    while (a.agent->pollIoRequest(request)) opened += std::holds_alternative<OpenStream>(request) ? 1 : 0;
  }
  EXPECT_EQ(opened, limit);
  EXPECT_GE(a.agent->stats().transmitsDropped, 10u);
}

TEST(Tcp, NoMoreThanTheLimitAreListenedOn) {
  Listener host;
  const size_t before = host.a.candidates.size();
  std::vector<SocketAddress> locals;
  for (uint16_t i = 1; i <= 100; ++i) locals.push_back({ip("198.51.100.1"), i});
  host.a.agent->handleIoResult(host.net.now, TcpListening{0x8000'0000u, locals});
  host.net.drain();
  EXPECT_EQ(host.a.candidates.size() - before, AgentConfig().maxTcpStreams - host.a.listening.size());
}

TEST(Tcp, ListenersOnInterfacesThatComeLater) {
  Listener host;
  ASSERT_EQ(host.a.candidates.size(), 3u);
  host.a.agent->handleIoResult(host.net.now, TcpListening{0x8000'0000u, {at("198.51.100.1:7")}});
  host.net.drain();
  ASSERT_EQ(host.a.candidates.size(), 4u);
  EXPECT_EQ(host.a.candidates[3].address, at("198.51.100.1:7"));
  EXPECT_EQ(host.a.candidates[3].tcpType, TcpType::kPassive);
  // Gone again: a restart tells of it no more.
  host.a.agent->handleIoResult(host.net.now, UdpClosed{{at("198.51.100.1:5")}});
  host.a.candidates.clear();
  host.a.agent->restart(host.net.now);
  host.net.drain();
  for (const Candidate& c : host.a.candidates) EXPECT_NE(c.address.ip, ip("198.51.100.1"));
}

TEST(Tcp, StreamsOfNobodyAreIgnored) {
  Listener host;
  const Route elsewhere{Protocol::kTcp, at("192.0.2.1:1"), at("203.0.113.1:1")};
  host.a.agent->handleIoResult(host.net.now, StreamAccepted{elsewhere});
  EXPECT_EQ(host.closed(), 1u);
  host.a.agent->handleIoResult(host.net.now, StreamClosed{elsewhere});
  host.a.agent->handleIoResult(host.net.now, StreamOpened{0x8000'0777u, elsewhere});
  EXPECT_EQ(host.closed(), 1u);
  host.a.agent->handleIoResult(host.net.now, TcpListening{0x8000'0777u, {at("192.0.2.1:5")}});
  host.net.injectStream(host.a, elsewhere, Bytes{0, 1, 0x80});
  EXPECT_TRUE(host.a.data.empty());
}

}  // namespace
}  // namespace tincan::inline v0::ice

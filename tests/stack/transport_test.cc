// Two transports on a wire without delay: what engine protects their media, and what becomes of batches.
#include "stack/transport.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "rtp/extensions.h"
#include "rtp/header.h"
#include "rtp/rtcp/packet.h"
#include "stun/response.h"
#include "tests/stack/wire.h"

namespace tincan::inline v0::stack {
namespace {

TEST(Transport, TakesTheEngineItIsGiven) {
  Wire automatic, plain(crypto::Engine::kLibcrypto);
  ASSERT_TRUE(automatic.connect());
  ASSERT_TRUE(plain.connect());
  EXPECT_EQ(automatic[0].srtp()->isAccelerated(), crypto::MultiBuffer::create() != nullptr);
  EXPECT_FALSE(plain[0].srtp()->isAccelerated());
}

std::vector<PacketBuffer> numbered(PacketPool& pool, size_t count) {
  std::vector<PacketBuffer> packets;
  for (size_t i = 0; i < count; ++i) {
    rtp::Header header;
    header.payloadType = PayloadType(96);
    header.sequenceNumber = static_cast<uint16_t>(i);
    header.ssrc = Ssrc(77);
    packets.push_back(pool.allocate());
    EXPECT_TRUE(packets.back().resize(100));
    EXPECT_TRUE(rtp::prependHeader(packets.back(), header, {}, {}));
  }
  return packets;
}

// More packets than the transport protects in one go, by a profile that runs in IPsec-MB's lanes and by one that does
// not; one of them in the middle cannot be protected.
TEST(Transport, ABatchArrivesInOrderWithoutTheOneThatIsRefused) {
  for (const auto profile : {crypto::SrtpProfile::kAes128CmSha1_80, crypto::SrtpProfile::kAeadAes128Gcm}) {
    SecuritySettings security;
    security.srtpProfiles = {profile};
    Wire wire(crypto::Engine::kAuto, security);
    ASSERT_TRUE(wire.connect());
    ASSERT_EQ(wire[0].srtpProfile(), profile);
    auto packets = numbered(wire.pool(), 150);
    ASSERT_TRUE(packets[70].resize(5));
    wire[0].sendRtp(wire.now(), packets);
    EXPECT_EQ(wire[0].counters().unsent, 1u);
    EXPECT_EQ(wire[0].srtp()->stats().rtpProtected, 149u);
    wire.carry(0);
    Transport::Media media;
    rtp::Header header;
    for (size_t i = 0; i < 150; ++i) {
      if (i == 70) continue;
      ASSERT_TRUE(wire[1].pollMedia(media));
      ASSERT_TRUE(rtp::Header::parse(media.packet.view(), header));
      EXPECT_EQ(header.sequenceNumber, i);
    }
    EXPECT_FALSE(wire[1].pollMedia(media));
  }
}

std::vector<Transmit> takeAll(Wire& wire, int from) {
  std::vector<Transmit> out;
  for (Transmit transmit; wire[from].pollTransmit(wire.now(), transmit);) out.push_back(std::move(transmit));
  return out;
}

void deliver(Wire& wire, int to, Transmit& transmit, TimePoint at) {
  wire[to].receive(at, {Protocol::kUdp, transmit.route.remote, transmit.route.local}, std::move(transmit.packet));
}

PacketBuffer report(PacketPool& pool) {
  PacketBuffer packet = pool.allocate();
  ByteWriter writer(packet.writable());
  EXPECT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Packet(rtp::rtcp::ReceiverReport{Ssrc(77), {}})));
  EXPECT_TRUE(packet.resize(writer.size()));
  return packet;
}

constexpr auto kGcm = crypto::SrtpProfile::kAeadAes128Gcm;
constexpr auto kSha1 = crypto::SrtpProfile::kAes128CmSha1_80;

/// What a receiver gave: "17" for RTP of that number, "r" for RTCP.
std::vector<std::string> drain(Wire& wire, int at, std::vector<TimePoint>* times = nullptr) {
  std::vector<std::string> out;
  rtp::Header header;
  for (Transport::Media media; wire[at].pollMedia(media);) {
    if (times) times->push_back(media.at);
    if (!media.rtcp) {
      EXPECT_TRUE(rtp::Header::parse(media.packet.view(), header));
    }
    out.push_back(media.rtcp ? "r" : std::to_string(header.sequenceNumber));
  }
  return out;
}

// RTP waits for its like and no longer than until somebody asks; RTCP keeps its place, and each its time.
TEST(Transport, WhatArrivesKeepsItsOrderAndItsTime) {
  for (const auto profile : {kSha1, kGcm}) {
    SecuritySettings security;
    security.srtpProfiles = {profile};
    Wire wire(crypto::Engine::kAuto, security);
    ASSERT_TRUE(wire.connect());
    auto packets = numbered(wire.pool(), 60);
    const auto all = std::span(packets);
    wire[0].sendRtp(wire.now(), all.first(10));
    wire[0].sendRtcp(wire.now(), report(wire.pool()));
    wire[0].sendRtp(wire.now(), all.subspan(10));
    auto sent = takeAll(wire, 0);
    ASSERT_EQ(sent.size(), 61u);
    std::vector<std::string> expected, got;
    std::vector<TimePoint> times;
    for (int i = 0; i < 60; ++i) {
      if (i == 10) expected.push_back("r");
      expected.push_back(std::to_string(i));
    }
    EXPECT_FALSE(wire[1].mediaWaits());
    const TimePoint start = wire.now();
    for (size_t i = 0; i < sent.size(); ++i) {
      deliver(wire, 1, sent[i], start + Duration::micros(static_cast<int64_t>(i)));
      EXPECT_TRUE(wire[1].mediaWaits());
      // The report cannot wait, nor can the 32nd of a batch.
      EXPECT_EQ(wire[1].mediaDue(), i >= 10) << i;
    }
    EXPECT_EQ(drain(wire, 1, &times), expected);
    for (size_t i = 0; i < times.size(); ++i) EXPECT_EQ(times[i], start + Duration::micros(static_cast<int64_t>(i)));
    EXPECT_FALSE(wire[1].mediaWaits());
  }
}

// Changed, repeated and cut off on the way: a batch lets the same packets through as one after the other does, and
// counts the same.
TEST(Transport, ABatchIsJudgedLikeSinglePackets) {
  for (const auto profile : {kSha1, kGcm}) {
    SecuritySettings security;
    security.srtpProfiles = {profile};
    std::vector<std::string> results[2];
    uint64_t refused[2], passed[2];
    for (const bool together : {false, true}) {
      Wire wire(crypto::Engine::kAuto, security);
      ASSERT_TRUE(wire.connect());
      auto packets = numbered(wire.pool(), 100);
      wire[0].sendRtp(wire.now(), packets);
      auto sent = takeAll(wire, 0);
      for (size_t i = 5; i < sent.size(); i += 9) sent[i].packet.data()[i % 100] ^= 1;
      for (size_t i = 7; i < sent.size(); i += 13) ASSERT_TRUE(sent[i].packet.resize(i % 30));
      for (size_t i = 8; i < sent.size(); i += 10) sent[i].packet = wire.pool().copy(sent[i - 2].packet.view());
      for (size_t i = 20; i < sent.size(); i += 30) std::swap(sent[i], sent[i + 5]);
      auto& result = results[together];
      for (Transmit& transmit : sent) {
        deliver(wire, 1, transmit, wire.now());
        if (together) continue;
        for (auto& one : drain(wire, 1)) result.push_back(one);
      }
      for (auto& one : drain(wire, 1)) result.push_back(one);
      refused[together] = wire[1].counters().unauthenticated;
      passed[together] = wire[1].srtp()->stats().rtpUnprotected;
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_GT(results[0].size(), 60u);
    EXPECT_EQ(refused[0], refused[1]);
    EXPECT_EQ(passed[0], passed[1]);
    EXPECT_EQ(passed[0], results[0].size());
  }
}

// A28: what comes before the keys is lost, and so is what comes plain behind them; keys that come in between change
// nothing for what came before.
TEST(Transport, PlainMediaIsNeverDelivered) {
  for (const auto profile : {kSha1, kGcm}) {
    SecuritySettings security;
    security.srtpProfiles = {profile};
    Wire wire(crypto::Engine::kAuto, security);
    const Route route{Protocol::kUdp, {IpAddress::v4(10, 0, 0, 2), 5000}, {IpAddress::v4(10, 0, 0, 1), 5000}};
    auto packets = numbered(wire.pool(), 8);
    uint64_t early = 0;
    for (int turns = 0; turns < 100 && !wire[1].mediaReady(); ++turns) {
      wire[1].receive(wire.now(), route, wire.pool().copy(packets[0].view()));
      wire[1].receive(wire.now(), route, report(wire.pool()));
      if (!wire[1].mediaReady()) early = wire[1].counters().beforeKeys;
      EXPECT_FALSE(wire[1].mediaWaits());
      wire.turn();
    }
    ASSERT_TRUE(wire.connect());
    EXPECT_GT(early, 0u) << "ICE let them through";
    EXPECT_EQ(wire[1].counters().beforeKeys, early);
    EXPECT_TRUE(drain(wire, 1).empty());
    for (auto& packet : packets) wire[1].receive(wire.now(), route, std::move(packet));
    wire[1].receive(wire.now(), route, report(wire.pool()));
    EXPECT_TRUE(drain(wire, 1).empty());
    EXPECT_EQ(wire[1].counters().unauthenticated, 9u);
  }
}

// A description that changes what was negotiated holds for the packets behind it.
TEST(Transport, WhatWaitsIsJudgedByWhatHeldWhenItCame) {
  Wire wire;
  ASSERT_TRUE(wire.connect());
  wire[1].setCryptex(rtp::Cryptex::kAccepted);
  std::vector<PacketBuffer> packets;
  rtp::ExtensionMap map;
  map.add(rtp::ExtensionKind::kMid, 4);
  for (uint16_t i = 0; i < 4; ++i) {
    rtp::ExtensionWriter extensions(map);
    ASSERT_TRUE(extensions.add(rtp::ExtensionKind::kMid, asBytes("0")));
    rtp::Header header;
    header.sequenceNumber = i;
    header.ssrc = Ssrc(77);
    packets.push_back(wire.pool().allocate());
    ASSERT_TRUE(packets.back().resize(50));
    ASSERT_TRUE(rtp::prependHeader(packets.back(), header, {}, extensions.block()));
  }
  const auto all = std::span(packets);
  wire[0].sendRtp(wire.now(), all.first(1));
  wire[0].setCryptex(rtp::Cryptex::kOn);
  wire[0].sendRtp(wire.now(), all.subspan(1, 1));
  wire[0].setCryptex(rtp::Cryptex::kOff);
  wire[0].sendRtp(wire.now(), all.subspan(2));
  auto sent = takeAll(wire, 0);
  ASSERT_EQ(sent.size(), 4u);
  const auto profile = [&](size_t i) { return loadBe16(sent[i].packet.data() + 12); };
  EXPECT_EQ(profile(0), 0xbede);
  EXPECT_EQ(profile(1), 0xc0de);
  EXPECT_EQ(profile(2), 0xbede);
  for (size_t i = 0; i < 3; ++i) deliver(wire, 1, sent[i], wire.now());
  wire[1].setCryptex(rtp::Cryptex::kRequired);
  deliver(wire, 1, sent[3], wire.now());
  EXPECT_EQ(drain(wire, 1), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(wire[1].counters().unauthenticated, 1u);
}

const Route kFromPeer{Protocol::kUdp, {IpAddress::v4(10, 0, 0, 2), 5000}, {IpAddress::v4(10, 0, 0, 1), 5000}};

/// ICE has a pair at both ends, and no description has said a word of DTLS.
bool pairUp(Wire& wire) {
  for (int turns = 0; turns < 1000; ++turns) {
    if (wire[0].candidatePair() && wire[1].candidatePair()) return true;
    wire.turn();
  }
  return false;
}

// A ClientHello may outrun the answer; a flood of them before it is not kept.
TEST(Transport, EightDtlsPacketsBeforeTheRoleIsKnownAreKept) {
  Wire wire(crypto::Engine::kAuto, {}, /*dtls=*/false);
  ASSERT_TRUE(pairUp(wire));
  const size_t before = wire.pool().outstanding();
  for (int i = 0; i < 100; ++i) wire[1].receive(wire.now(), kFromPeer, wire.pool().copy(Bytes(100, 22)));
  EXPECT_EQ(wire.pool().outstanding() - before, 8u);
  EXPECT_EQ(wire[1].counters().earlyDtlsDropped, 92u);
  wire.describe(0);
  wire.describe(1);
  EXPECT_TRUE(wire.connect());
}

// RFC 8842 §5.4, RFC 8445 §12.1.1: no hello is made before there is a pair to send it on; its retransmissions would be
// backed off by the time there is.
TEST(Transport, DtlsStartsWithAPairAndNotBefore) {
  Wire wire;
  ASSERT_TRUE(wire[0].dtls());
  for (int turns = 0; turns < 1000 && !wire[0].candidatePair(); ++turns) {
    ASSERT_EQ(wire[0].dtls()->state(), dtls::State::kNew);
    ASSERT_EQ(wire[0].dtls()->stats().datagramsSent, 0u);
    wire.turn();
  }
  ASSERT_TRUE(wire[0].candidatePair());
  wire.turn();
  EXPECT_NE(wire[0].dtls()->state(), dtls::State::kNew);
  EXPECT_EQ(wire[0].counters().unsent, 0u);
  EXPECT_TRUE(wire.connect());
}

// A hello that came over a checked pair is taken before our own check is through; its answer waits for a pair.
TEST(Transport, AnAnswerToAnEarlyHelloWaitsForAPair) {
  Wire sender(crypto::Engine::kAuto, {}, /*dtls=*/false);
  ASSERT_TRUE(pairUp(sender));
  sender.describe(0);
  auto hello = takeAll(sender, 0);
  ASSERT_FALSE(hello.empty());

  Wire wire(crypto::Engine::kAuto, {}, /*dtls=*/false);
  wire.muted[1] = true;  // so that no check of its own is answered
  for (int turns = 0; turns < 100 && wire[1].iceStats().checksReceived == 0; ++turns) wire.turn();
  ASSERT_GT(wire[1].iceStats().checksReceived, 0u);
  ASSERT_FALSE(wire[1].candidatePair());
  for (const Transmit& each : hello) wire[1].receive(wire.now(), kFromPeer, wire.pool().copy(each.packet.view()));
  wire.describe(1);
  ASSERT_NE(wire[1].dtls()->state(), dtls::State::kNew);
  EXPECT_GT(wire[1].dtls()->stats().datagramsSent, 0u) << "answered";
  EXPECT_EQ(wire[1].counters().unsent, 0u) << "and the answer is kept";
  EXPECT_EQ(wire[1].counters().packetsSent, 0u);
  wire.muted[1] = false;
  for (int turns = 0; turns < 1000 && wire[1].counters().packetsSent == 0; ++turns) wire.turn();
  EXPECT_GT(wire[1].counters().packetsSent, 0u);
  EXPECT_EQ(wire[1].counters().unsent, 0u);
}

TEST(Transport, ABatchBeforeThereAreKeysIsNotSent) {
  Wire wire;
  auto packets = numbered(wire.pool(), 3);
  wire[0].sendRtp(wire.now(), packets);
  EXPECT_EQ(wire[0].counters().unsent, 3u);
  EXPECT_EQ(wire[0].counters().packetsSent, 0u);
}

// ---- a peer that moves ----

const SocketAddress kMoved{IpAddress::v4(10, 0, 0, 9), 5000};

/// A check of wire[1]'s, from where it is now.
void checkAsMoved(Wire& wire) {
  ice::CheckFields fields;
  const std::string username = wire[0].localCredentials().ufrag + ":" + wire[1].localCredentials().ufrag;
  fields.username = username;
  fields.priority = 1;
  fields.role = ice::Role::kControlled;
  PacketBuffer check = wire.pool().allocate();
  const auto key = stun::IntegrityKey::shortTerm(wire[0].localCredentials().password);
  ASSERT_TRUE(check.resize(ice::writeCheck(check.writable(), fields, key)));
  wire[0].receive(wire.now(), {Protocol::kUdp, {IpAddress::v4(10, 0, 0, 1), 5000}, kMoved}, std::move(check));
}

void answerAsMoved(Wire& wire, const Transmit& sent) {
  stun::Message check;
  if (!stun::Message::parse(sent.packet.view(), check) || check.messageClass() != stun::Class::kRequest) return;
  const auto key = stun::IntegrityKey::shortTerm(wire[1].localCredentials().password);
  PacketBuffer answer = wire.pool().allocate();
  ASSERT_TRUE(answer.resize(stun::writeBindingSuccess(answer.writable(), check, sent.route.local, &key)));
  wire[0].receive(wire.now(), {Protocol::kUdp, sent.route.local, kMoved}, std::move(answer));
}

// The peer says goodbye where it was and goes on elsewhere. The hello that found nobody is said anew as soon as there is a
// pair to where it is; before, it was there by DTLS's timer, 400 ms after it had been said.
// RFC 8842 §5.1.
TEST(Transport, TheHelloFollowsAPeerThatMoved) {
  Wire wire;
  ASSERT_TRUE(wire.connect());
  for (int i = 0; i < 20; ++i) wire.turn();
  wire[0].expectRenewal(wire.now(), dtls::Role::kClient, {});
  takeAll(wire, 0);
  wire[1].close(wire.now());
  wire.carry(1);
  EXPECT_EQ(wire[0].dtlsState(), dtls::State::kConnecting);
  std::optional<TimePoint> moved, said;
  for (int ms = 0; ms < 1000 && !said; ++ms) {
    if (ms % 50 == 0) checkAsMoved(wire);
    wire[0].handleTimeout(wire.now());
    for (Transmit& sent : takeAll(wire, 0)) {
      const bool isDtls = !sent.packet.view().empty() && sent.packet.view()[0] >= 20;
      if (sent.route.remote != kMoved) continue;
      answerAsMoved(wire, sent);
      if (isDtls && !said) said = wire.now();
    }
    if (!moved && wire[0].candidatePair()->route.remote == kMoved) moved = wire.now();
    if (!said) wire.advance(Duration::millis(1));
  }
  ASSERT_TRUE(moved && said);
  EXPECT_LE((*said - *moved).millis(), 1);
}

}  // namespace
}  // namespace tincan::inline v0::stack

// Header extensions on the wire of whole calls: hidden where both ends can (RFC 9335), plain elsewhere.
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "rtp/extensions.h"
#include "rtp/header.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using Policy = stack::RTCRtpHeaderEncryptionPolicy;
using stack::RTCConfiguration;

constexpr uint8_t kMidId = 4;  // of our offers

/// What an eavesdropper sees of the RTP that one address sends.
struct Seen {
  uint64_t plain = 0, hidden = 0, bare = 0;
  uint64_t midsRead = 0;  ///< packets in which our mid stands where the elements say
};

void look(Seen& seen, ByteView packet) {
  if (packet.size() < 12 || packet[0] < 128 || packet[0] > 191 || (packet[1] >= 192 && packet[1] <= 223)) return;
  Bytes bytes(packet.begin(), packet.end());
  rtp::Header header;
  if (!rtp::Header::parseProtected(bytes, header)) return;
  if (!header.hasExtension) {
    ++seen.bare;
    return;
  }
  const bool hidden = header.extensionProfile == 0xc0de || header.extensionProfile == 0xc2de;
  ++(hidden ? seen.hidden : seen.plain);
  if (header.extensionProfile == 0xc0de) header.extensionProfile = 0xbede;
  const auto mid = rtp::findExtension(ByteView(bytes), header, kMidId);
  if (mid && (asText(*mid) == "0" || asText(*mid) == "1")) ++seen.midsRead;
}

RTCConfiguration with(Policy policy) {
  RTCConfiguration configuration;
  configuration.rtpHeaderEncryptionPolicy = policy;
  return configuration;
}

/// Two peers and an eavesdropper.
struct Call {
  explicit Call(RTCConfiguration first = {}, RTCConfiguration second = {})
      : a(world, hostA, std::move(first)), b(world, world.addHost("b", "203.0.113.2"), std::move(second)) {
    world.onPacket([this](const TracedPacket& packet) { look(&packet.from == &hostA ? ofA : ofB, packet.bytes); });
    trickle(a, b);
    trickle(b, a);
  }
  bool offers(const Peer& peer) const { return has(peer.pc->localDescription()->sdp); }
  static bool has(const std::string& sdp) { return sdp.find("a=cryptex\r\n") != std::string::npos; }
  void expectMedia() {
    const uint64_t pictures = a.pictures + b.pictures, sounds = a.sounds + b.sounds;
    world.runFor(Duration::seconds(1));
    EXPECT_GT(a.pictures + b.pictures, pictures + 40);
    EXPECT_GT(a.sounds + b.sounds, sounds + 80);
  }
  Seen seen() const {
    return {ofA.plain + ofB.plain, ofA.hidden + ofB.hidden, ofA.bare + ofB.bare, ofA.midsRead + ofB.midsRead};
  }

  World world{11};
  Host& hostA = world.addHost("a", "203.0.113.1");
  Seen ofA, ofB;
  Peer a, b;
};

void expectHidden(const Seen& seen) {
  EXPECT_EQ(seen.plain, 0u);
  EXPECT_GT(seen.hidden, 150u);
  EXPECT_LT(seen.midsRead * 20, seen.hidden) << "noise now and then looks like an element";
}
void expectPlain(const Seen& seen) {
  EXPECT_EQ(seen.hidden, 0u);
  EXPECT_GT(seen.plain, 150u);
  EXPECT_EQ(seen.midsRead, seen.plain) << "the eavesdropper knows where to look";
}

class CryptexPolicies : public ::testing::TestWithParam<std::tuple<Policy, Policy>> {};
INSTANTIATE_TEST_SUITE_P(Each, CryptexPolicies,
                         ::testing::Combine(::testing::Values(Policy::kDisable, Policy::kNegotiate, Policy::kRequire),
                                            ::testing::Values(Policy::kDisable, Policy::kNegotiate, Policy::kRequire)));

// RFC 9335 §4.
TEST_P(CryptexPolicies, OfOffererAndAnswerer) {
  const auto [ours, theirs] = GetParam();
  Call call(with(ours), with(theirs));
  call.a.addCameraMic();
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  EXPECT_EQ(call.offers(call.a), ours != Policy::kDisable);
  const auto heard = call.b.pc->setRemoteDescription(*call.a.pc->localDescription());
  if (ours == Policy::kDisable && theirs == Policy::kRequire) {
    EXPECT_EQ(heard.error().code(), ErrorCode::kInvalidAccessError);
    EXPECT_EQ(call.b.pc->signalingState(), stack::RTCSignalingState::kStable);
    return;
  }
  ASSERT_TRUE(heard.ok());
  call.b.addCameraMic();
  ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
  const bool both = ours != Policy::kDisable && theirs != Policy::kDisable;
  EXPECT_EQ(call.offers(call.b), both);
  const auto answered = call.a.pc->setRemoteDescription(*call.b.pc->localDescription());
  if (ours == Policy::kRequire && theirs == Policy::kDisable) {
    EXPECT_EQ(answered.error().code(), ErrorCode::kInvalidAccessError);
    EXPECT_EQ(call.a.pc->signalingState(), stack::RTCSignalingState::kHaveLocalOffer);
    return;
  }
  ASSERT_TRUE(answered.ok());
  ASSERT_TRUE(call.world.runUntil([&] { return connected(call.a) && connected(call.b); }, Duration::seconds(10)));
  call.expectMedia();
  both ? expectHidden(call.seen()) : expectPlain(call.seen());
  EXPECT_EQ(call.a.pc->getStats().transport.packetsDropped, 0u);
  EXPECT_EQ(call.b.pc->getStats().transport.packetsDropped, 0u);
}

// AES-CM goes through the lanes of the multi-buffer engine, hidden as well.
TEST(Cryptex, EveryProfile) {
  for (const auto profile : {crypto::SrtpProfile::kAes128CmSha1_80, crypto::SrtpProfile::kAeadAes256Gcm}) {
    RTCConfiguration configuration = with(Policy::kRequire);
    configuration.security.srtpProfiles = {profile};
    Call call(configuration, configuration);
    call.a.addCameraMic();
    signal(call.a, call.b, [&] { call.b.addCameraMic(); });
    call.world.runFor(Duration::seconds(1));
    call.expectMedia();
    expectHidden(call.seen());
  }
}

// To the byte: a peer that does not speak of it gets what it would have got from one that has never heard of it.
// RFC 9335 §4.
TEST(Cryptex, APeerWithoutItSeesNoDifference) {
  uint64_t hashes[2] = {};
  for (const Policy policy : {Policy::kDisable, Policy::kNegotiate}) {
    RTCConfiguration first = with(policy), second = with(Policy::kDisable);
    first.certificates = {fixedIdentity("a")};
    second.certificates = {fixedIdentity("b")};
    Call call(first, second);
    call.a.addCameraMic();
    signal(call.a, call.b, [&] { call.b.addCameraMic(); });
    call.world.runFor(Duration::seconds(2));
    expectPlain(call.seen());
    hashes[policy == Policy::kNegotiate] = call.world.wireHash();
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

// SRTP has keys from the first description on, and the first one with RTP comes later.
TEST(Cryptex, ComesWithALaterOffer) {
  Call call(with(Policy::kRequire), with(Policy::kRequire));
  ASSERT_TRUE(call.a.pc->createDataChannel("x").ok());
  signal(call.a, call.b);
  EXPECT_FALSE(call.offers(call.a)) << "data alone has no headers to hide";
  EXPECT_FALSE(call.offers(call.b));
  ASSERT_TRUE(call.world.runUntil([&] { return connected(call.a) && connected(call.b); }, Duration::seconds(10)));
  call.a.addCameraMic();
  // The answerer sends at once; its answer takes a while.
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  ASSERT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  call.b.addCameraMic();
  ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
  EXPECT_TRUE(call.offers(call.a) && call.offers(call.b));
  call.world.runFor(Duration::millis(300));
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
  call.expectMedia();
  expectHidden(call.seen());
  EXPECT_EQ(call.a.pc->getStats().transport.packetsDropped, 0u);
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

// RFC 9335 §4, RFC 9143 §7.1.3: with BUNDLE the tagged section, the first here, says it for all.
TEST(Cryptex, InSomeSectionsOfABundle) {
  for (const std::string tagged : {"0", "1"}) {
    Call call;
    call.a.addCameraMic();
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    auto offer = *call.a.pc->localDescription();
    offer.sdp = replaced(offer.sdp, "a=cryptex\r\n", "");
    offer.sdp = replaced(offer.sdp, "a=mid:" + tagged + "\r\n", "a=mid:" + tagged + "\r\na=cryptex\r\n");
    ASSERT_TRUE(call.b.pc->setRemoteDescription(offer).ok());
    call.b.addCameraMic();
    ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
    EXPECT_EQ(call.offers(call.b), tagged == "0");
    ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
    call.world.runFor(Duration::seconds(1));
    call.expectMedia();
    tagged == "0" ? expectHidden(call.seen()) : expectPlain(call.seen());
  }
}

// One that can do it and then says that it cannot (a call handed on): plain from then on, and what is still under way
// hidden is taken.
TEST(Cryptex, MayBeTakenBack) {
  Call call;
  call.a.addCameraMic();
  signal(call.a, call.b, [&] { call.b.addCameraMic(); });
  call.world.runFor(Duration::seconds(1));
  call.ofA = call.ofB = {};
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  auto offer = *call.a.pc->localDescription();
  offer.sdp = replaced(offer.sdp, "a=cryptex\r\n", "");
  ASSERT_TRUE(call.b.pc->setRemoteDescription(offer).ok());
  ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
  EXPECT_FALSE(call.offers(call.b));
  call.world.runFor(Duration::millis(300));
  EXPECT_GT(call.seen().hidden, 0u) << "one of them does not know yet";
  EXPECT_GT(call.seen().plain, 0u);
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
  call.world.runFor(Duration::millis(100));
  call.ofA = call.ofB = {};
  call.expectMedia();
  expectPlain(call.seen());
  EXPECT_EQ(call.a.pc->getStats().transport.packetsDropped, 0u);
  EXPECT_EQ(call.b.pc->getStats().transport.packetsDropped, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::sim

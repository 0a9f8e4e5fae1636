// Whole calls with a peer that numbers its header extensions above 14 (RFC 8285 §4.1.2, §6).
#include <set>

#include <gtest/gtest.h>

#include "rtp/extensions.h"
#include "rtp/header.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// Two tincans; B is told that A has the mid at 20, and so is A of B by the answer. What goes over the wire, by form.
struct RenumberedCall {
  explicit RenumberedCall(bool allowMixed)
      : world(31),
        a(world, world.addHost("a", "203.0.113.1"), plain()),
        b(world, world.addHost("b", "203.0.113.2"), plain()) {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    b.addCameraMic();
    world.onPacket([this](const TracedPacket& packet) {
      rtp::Header header;
      if (packet.bytes[0] >> 6 != 2 || rtp::isRtcp(packet.bytes) || !rtp::Header::parse(packet.bytes, header)) return;
      profiles.insert(header.extensionProfile);
      if (const auto mid = rtp::findExtension(packet.bytes, header, 20)) mids.emplace(asText(*mid));
    });
    EXPECT_TRUE(a.pc->setLocalDescription().ok());
    auto offer = *a.pc->localDescription();
    replaceAll(offer.sdp, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
               "a=extmap:20 urn:ietf:params:rtp-hdrext:sdes:mid");
    if (!allowMixed) replaceAll(offer.sdp, "a=extmap-allow-mixed\r\n", "");
    EXPECT_TRUE(b.pc->setRemoteDescription(offer).ok());
    EXPECT_TRUE(b.pc->setLocalDescription().ok());
    EXPECT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    world.runFor(Duration::seconds(2));
  }
  // Headers in the clear, so that the test can read them.
  static stack::RTCConfiguration plain() {
    stack::RTCConfiguration out;
    out.rtpHeaderEncryptionPolicy = stack::RTCRtpHeaderEncryptionPolicy::kDisable;
    return out;
  }

  World world;
  Peer a, b;
  std::set<uint16_t> profiles;
  std::set<std::string> mids;
};

TEST(MixedExtensions, APeerThatAllowsThemGetsTheMidUnderItsNumber) {
  RenumberedCall call(true);
  EXPECT_EQ(call.profiles, std::set<uint16_t>{rtp::kTwoByteProfile});
  EXPECT_EQ(call.mids, (std::set<std::string>{"0", "1"}));
  for (const Peer* peer : {&call.a, &call.b}) {
    EXPECT_GE(peer->pictures, 50u);
    EXPECT_GE(peer->sounds, 90u);
  }
  EXPECT_TRUE(call.b.pc->descriptionNotes().empty());
}

TEST(MixedExtensions, APeerThatDoesNotGetsTheCallWithoutAndANote) {
  RenumberedCall call(false);
  EXPECT_EQ(call.profiles, std::set<uint16_t>{rtp::kOneByteProfile});
  EXPECT_TRUE(call.mids.empty());
  for (const Peer* peer : {&call.a, &call.b}) {
    EXPECT_GE(peer->pictures, 50u);
    EXPECT_GE(peer->sounds, 90u);
  }
  EXPECT_EQ(call.b.pc->descriptionNotes().size(), 2u);
}

}  // namespace
}  // namespace tincan::inline v0::sim

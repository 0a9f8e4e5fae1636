#include <array>

#include <gtest/gtest.h>

#include "rtp/srtp_session.h"
#include "tests/rtp/srtp_fixture.h"

// LIMITS A24: the first packets of an SSRC around the wrap of its sequence number (RFC 3711 §3.3.1).
namespace tincan::inline v0::rtp {
namespace {

class A24_FirstPackets : public testing::TestWithParam<crypto::SrtpProfile> {
 protected:
  /// The packet `at` of a sender whose SSRC began with `start`; those before it are protected, and lost.
  PacketBuffer sent(SrtpSession& sender, uint16_t start, uint16_t at) {
    for (uint16_t sequence = start;; ++sequence) {
      PacketBuffer out = pool.copy(rtpPacket(7, sequence, Bytes(20, 0x33)));
      EXPECT_TRUE(sender.protect(out).ok());
      if (sequence == at) return out;
    }
  }
  PacketPool pool;
  SeededRandom random{24};
};
INSTANTIATE_TEST_SUITE_P(Profiles, A24_FirstPackets, testing::ValuesIn(allProfiles()));

TEST_P(A24_FirstPackets, AreHeardWhereverTheSenderBegan) {
  struct Case {
    uint16_t start, heard;
  };
  // Before the wrap, at it, behind it, and far behind it.
  for (const Case one :
       {Case{0, 0}, {65535, 65535}, {65535, 0}, {65535, 1}, {65000, 999}, {40000, 30000}, {32768, 32767}}) {
    const crypto::SrtpKeys keys = loopKeys(GetParam(), random);
    SrtpSession sender(keys, {}), receiver(keys, {}), batched(keys, {});
    PacketBuffer first = sent(sender, one.start, one.heard);
    PacketBuffer copy = pool.copy(first.view());
    EXPECT_TRUE(receiver.unprotect(first).ok()) << one.start << " " << one.heard;
    EXPECT_EQ(batched.unprotect(std::span(&copy, 1)), 1u) << one.start << " " << one.heard;
    EXPECT_EQ(receiver.stats().unauthenticated + batched.stats().unauthenticated, 0u);
    // And on from there, with the counter that was found; the packet again is a replay.
    PacketBuffer again = pool.copy(rtpPacket(7, static_cast<uint16_t>(one.heard + 1), Bytes(20, 0x33)));
    ASSERT_TRUE(sender.protect(again).ok());
    PacketBuffer replay = pool.copy(again.view());
    EXPECT_TRUE(receiver.unprotect(again).ok());
    EXPECT_FALSE(receiver.unprotect(replay).ok());
  }
}

TEST_P(A24_FirstPackets, AForgeryIsAsItWasAfterBothTrialsAndDecidesNothing) {
  const crypto::SrtpKeys keys = loopKeys(GetParam(), random);
  SrtpSession sender(keys, {}), receiver(keys, {});
  const PacketBuffer genuine = sent(sender, 65535, 1);
  Bytes bytes(genuine.view().begin(), genuine.view().end());
  bytes[kFixedHeaderSize + 3] ^= 1;
  PacketBuffer forged = pool.copy(bytes);
  EXPECT_FALSE(receiver.unprotect(forged).ok());
  EXPECT_EQ(Bytes(forged.view().begin(), forged.view().end()), bytes);
  EXPECT_EQ(receiver.stats().unauthenticated, 1u);
  PacketBuffer packet = pool.copy(genuine.view());
  EXPECT_TRUE(receiver.unprotect(packet).ok());
  // A stream that has begun has its counter: one that is another's is not tried.
  SrtpSession other(keys, {});
  PacketBuffer atZero = sent(other, 2, 2);
  EXPECT_FALSE(receiver.unprotect(atZero).ok());
}

TEST_P(A24_FirstPackets, CryptexToo) {
  const crypto::SrtpKeys keys = loopKeys(GetParam(), random);
  SrtpConfig config;
  config.cryptex = Cryptex::kOn;
  SrtpSession sender(keys, config), receiver(keys, config);
  for (const uint16_t sequence : {uint16_t{65535}, uint16_t{0}}) {
    Bytes bytes = rtpPacket(7, sequence, fromHex("BEDE0001 10410000 0102030405060708"));
    bytes[0] |= 0x10;  // an extension of one word, which Cryptex hides
    PacketBuffer packet = pool.copy(bytes);
    ASSERT_TRUE(sender.protect(packet).ok());
    if (sequence != 0) continue;  // lost
    EXPECT_TRUE(receiver.unprotect(packet).ok());
    EXPECT_EQ(Bytes(packet.view().begin(), packet.view().end()), bytes);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp

#include "stack/srtp_path.h"

#include <gtest/gtest.h>

#include "tests/rtp/srtp_fixture.h"

// RTCP that is not multiplexed: under which keys it comes, and ours goes.
namespace tincan::inline v0::stack {
namespace {

using crypto::SrtpProfile;

/// Both paths of a transport, and what a far end has for each. Keys are the same both ways.
class SrtpPathOfRtcp : public ::testing::TestWithParam<SrtpProfile> {
 protected:
  SrtpPathOfRtcp() {
    rtp.useKeys(rtpKeys);
    rtcp.useKeys(rtcpKeys);
    rtcp.setRtp(&rtp);
  }
  PacketBuffer report(uint32_t ssrc) { return pool.copy(rtp::rtcpPacket(ssrc, 5)); }
  /// What a far end with these keys sends is taken.
  bool takes(rtp::SrtpSession& far) {
    PacketBuffer packet = report(1);
    EXPECT_TRUE(far.protectRtcp(packet).ok());
    rtcp.receive(TimePoint(), std::move(packet), true);
    SrtpPath::Media media;
    if (!rtcp.pollMedia(media)) return false;
    EXPECT_TRUE(media.rtcp);
    EXPECT_EQ(toBytes(media.packet.view()), toBytes(report(1).view()));
    return true;
  }
  /// Ours is taken by one with these keys.
  bool isTakenBy(rtp::SrtpSession& far) {
    PacketBuffer packet = report(2);
    rtcp.protectRtcp(packet);
    return packet && far.unprotectRtcp(packet).ok();
  }

  SeededRandom random{5};
  PacketPool pool;
  crypto::SrtpKeys rtpKeys = rtp::loopKeys(GetParam(), random), rtcpKeys = rtp::loopKeys(GetParam(), random);
  TransportCounters counters;
  rtp::SrtpConfig config;
  SrtpPath rtp{config, counters}, rtcp{config, counters};
  rtp::SrtpSession byRtp{rtpKeys, config}, byRtcp{rtcpKeys, config},
      stranger{rtp::loopKeys(GetParam(), random), config};
};

// RFC 5764 §4.1.
TEST_P(SrtpPathOfRtcp, HasKeysOfItsOwn) {
  EXPECT_TRUE(isTakenBy(byRtcp));
  EXPECT_TRUE(takes(byRtcp));
  EXPECT_TRUE(isTakenBy(byRtcp));
  EXPECT_EQ(counters.unauthenticated, 0u);
}

// As libwebrtc has it.
TEST_P(SrtpPathOfRtcp, GoesUnderRtpsWhereThePeersDoes) {
  EXPECT_TRUE(takes(byRtp));
  EXPECT_TRUE(isTakenBy(byRtp));
  EXPECT_TRUE(takes(byRtp));
  EXPECT_EQ(counters.unauthenticated, 0u);
  EXPECT_TRUE(takes(byRtcp)) << "another peer, by a forking answer";
  EXPECT_TRUE(isTakenBy(byRtcp));
}

// A28: whoever has neither is heard of in no way.
TEST_P(SrtpPathOfRtcp, TakesNothingOfAStranger) {
  EXPECT_TRUE(takes(byRtp));
  EXPECT_FALSE(takes(stranger));
  EXPECT_EQ(counters.unauthenticated, 1u);
  EXPECT_TRUE(isTakenBy(byRtp));
  PacketBuffer packet = report(1);
  ASSERT_TRUE(byRtcp.protectRtcp(packet).ok());
  const Bytes once = toBytes(packet.view());
  rtcp.receive(TimePoint(), std::move(packet), true);
  rtcp.receive(TimePoint(), pool.copy(once), true);
  EXPECT_EQ(counters.unauthenticated, 2u) << "replayed";
}

// After their association's end.
TEST_P(SrtpPathOfRtcp, UsesNoKeysThatAreOver) {
  EXPECT_TRUE(takes(byRtp));
  rtp.endKeys();
  EXPECT_FALSE(takes(byRtp));
  EXPECT_FALSE(isTakenBy(byRtp));
  rtcp.endKeys();
  EXPECT_FALSE(takes(byRtcp));
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpPathOfRtcp, ::testing::ValuesIn(rtp::allProfiles()));

}  // namespace
}  // namespace tincan::inline v0::stack

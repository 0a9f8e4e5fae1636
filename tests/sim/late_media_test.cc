// A call of data alone has no SRTP session, which is large; one that gets media later makes it of the keys that it kept.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

void exchange(Peer& a, Peer& b) {
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  a.world.runFor(Duration::zero());
  ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  a.world.runFor(Duration::zero());
  ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
}

TEST(LateMedia, ComesIntoACallOfDataAlone) {
  World world(1);
  Peer a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2"));
  const auto channel = a.pc->createDataChannel("first").value();
  exchange(a, b);
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }));
  EXPECT_FALSE(a.pc->getStats().transport.srtpCipher.empty()) << "agreed on all the same";
  a.addCameraMic();
  exchange(a, b);
  EXPECT_TRUE(world.runUntil([&] { return b.pictures > 5 && b.sounds > 5; }, Duration::seconds(20)));
  // And back to data, and to media again.
  for (const auto& transceiver : a.pc->getTransceivers()) EXPECT_TRUE(transceiver->stop().ok());
  exchange(a, b);
  world.runFor(Duration::seconds(1));
  const uint64_t before = b.pictures;
  a.addCameraMic();
  exchange(a, b);
  EXPECT_TRUE(world.runUntil([&] { return b.pictures > before + 5; }, Duration::seconds(20)));
}

}  // namespace
}  // namespace tincan::inline v0::sim

// Real connections over real loopback sockets that end without a turn of the loop.
#include <memory>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "net/shared_udp_port.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0 {
namespace {

using stack::PeerConnection;

struct Ending {
  const char* name;
  bool sharedPort, connectionFirst, closed;
};
class Goodbye : public testing::TestWithParam<Ending> {};

struct End {
  End(net::Loop& loop, RandomSource& random, net::SharedUdpPort* shared = nullptr) {
    pc = PeerConnection::create({}, {random, loop.pool(), 1'700'000'000'000'000}).value();
    net::DriverConfig config;
    config.includeLoopback = true;
    config.sharedPort = shared;
    driver = std::make_unique<net::Driver>(loop, *pc, config);
  }
  std::unique_ptr<PeerConnection> pc;
  std::unique_ptr<net::Driver> driver;
};

// The one that leaves has a loop of its own, and that never turns again.
TEST_P(Goodbye, IsHeardAtOnce) {
  net::Loop loop, others;
  net::OsRandom random;
  net::DriverConfig config;
  config.includeLoopback = true;
  auto shared = net::SharedUdpPort::open(loop, 0, config);
  ASSERT_TRUE(shared.ok());
  End leaves(loop, random, GetParam().sharedPort ? shared->get() : nullptr), stays(others, random);
  const auto trickle = [](End& from, End& to) {
    from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
      if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate).ok();
    };
  };
  trickle(leaves, stays);
  trickle(stays, leaves);
  const auto channel = stays.pc->createDataChannel("x").value();
  ASSERT_TRUE(stays.pc->setLocalDescription().ok());
  ASSERT_TRUE(leaves.pc->setRemoteDescription(*stays.pc->localDescription()).ok());
  ASSERT_TRUE(leaves.pc->setLocalDescription().ok());
  ASSERT_TRUE(stays.pc->setRemoteDescription(*leaves.pc->localDescription()).ok());
  const auto open = [&] { return channel->readyState() == stack::RTCDataChannelState::kOpen; };
  for (int i = 0; i < 2000 && !open(); ++i) {  // the loops in turn
    static_cast<void>(loop.runUntil([] { return false; }, Duration::millis(2)));
    static_cast<void>(others.runUntil(open, Duration::millis(2)));
  }
  ASSERT_TRUE(open());

  if (GetParam().closed) leaves.pc->close();
  if (GetParam().connectionFirst) leaves.pc.reset();
  leaves.driver.reset();
  leaves.pc.reset();
  const auto heard = [&] {
    return channel->readyState() == stack::RTCDataChannelState::kClosed &&
           stays.pc->connectionState() == stack::RTCPeerConnectionState::kDisconnected;
  };
  // Far below what ICE needs to miss the peer (5 s): it was told.
  EXPECT_TRUE(others.runUntil(heard, Duration::seconds(2)));
}

INSTANTIATE_TEST_SUITE_P(Ways, Goodbye,
                         testing::Values(Ending{"DriverFirst", false, false, false},
                                         Ending{"ConnectionFirst", false, true, false},
                                         Ending{"ClosedAndDestroyed", false, false, true},
                                         Ending{"OnASharedPort", true, false, false},
                                         Ending{"OnASharedPortConnectionFirst", true, true, false}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tincan::inline v0

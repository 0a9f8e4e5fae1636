#include "sctp/association.h"

#include <gtest/gtest.h>

#include "sctp/crc32c.h"

namespace tincan::sctp {
namespace {

TEST(Association, TwoThatConnectMeet) {
  SeededRandom random(1);
  PacketPool pool;
  Association a({}, random, pool), b({}, random, pool);
  TimePoint now = TimePoint::fromMicros(5);
  a.connect(now);
  b.connect(now);
  int packets = 0;
  for (int i = 0; i < 100; ++i) {
    PacketBuffer p;
    while (a.pollTransmit(p)) { b.receive(now, p.view()); ++packets; }
    while (b.pollTransmit(p)) { a.receive(now, p.view()); ++packets; }
  }
  EXPECT_EQ(a.state(), Association::State::kEstablished);
  EXPECT_EQ(b.state(), Association::State::kEstablished);
  printf("%d packets next %ld %ld\n", packets, a.nextTimeout().micros(), b.nextTimeout().micros());
}

}  // namespace
}  // namespace tincan::sctp

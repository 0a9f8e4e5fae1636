#include "sctp/socket/path_mtu.h"

#include <gtest/gtest.h>

#include "tests/sctp/usrsctp/couple.h"
#include "tests/sctp/usrsctp/usrsctp_peer.h"

namespace tincan::inline v0::sctp::test {
namespace {

/// What comes of a path that carries so much; `probes` counts.
size_t search(size_t base, size_t most, size_t path, int& probes) {
  SeededRandom random(1);
  PathMtu mtu(base, most);
  TimePoint now = TimePoint::fromMicros(1);
  mtu.start(now);
  probes = 0;
  for (int i = 0; i < 100; ++i) {
    while (const auto probe = mtu.poll(now, random)) {
      ++probes;
      EXPECT_GT(probe->size, mtu.size());
      EXPECT_LE(probe->size, most);
      EXPECT_EQ(probe->size % 4, 0u);
      if (probe->size <= path) mtu.onAck(now, probe->nonce);
    }
    if (mtu.nextTimeout().isNever()) return mtu.size();
    now = mtu.nextTimeout();
  }
  ADD_FAILURE() << "no end";
  return 0;
}

TEST(PathMtu, FindsWhatThePathCarriesAndNeverMore) {
  for (size_t path = 1100; path <= 1500; ++path) {
    int probes = 0;
    const size_t found = search(1150, 1400, path, probes);
    EXPECT_LE(found, std::max<size_t>(path, 1150));
    EXPECT_GE(found + 36, std::min<size_t>(path, 1400));
    EXPECT_LE(probes, 18);
    if (path >= 1400) {
      EXPECT_EQ(probes, 1) << "the largest first";
    }
  }
}

TEST(PathMtu, OnlyTheEchoOfAProbeCounts) {
  SeededRandom random(1);
  PathMtu mtu(1150, 1400);
  const TimePoint now = TimePoint::fromMicros(1);
  EXPECT_FALSE(mtu.poll(now, random));
  EXPECT_FALSE(mtu.onAck(now, 0));
  mtu.start(now);
  EXPECT_FALSE(mtu.onAck(now, 0)) << "before any probe";
  const auto probe = mtu.poll(now, random);
  ASSERT_TRUE(probe);
  EXPECT_FALSE(mtu.poll(now, random)) << "one at a time";
  for (uint64_t bit = 0; bit < 64; ++bit) EXPECT_FALSE(mtu.onAck(now, probe->nonce ^ uint64_t{1} << bit));
  EXPECT_TRUE(mtu.onAck(now, probe->nonce));
  EXPECT_EQ(mtu.size(), 1400u);
  EXPECT_FALSE(mtu.onAck(now, probe->nonce)) << "twice";
  EXPECT_TRUE(mtu.onBlackHole());
  EXPECT_EQ(mtu.size(), 1150u);
  EXPECT_FALSE(mtu.onBlackHole());
}

TEST(PathMtu, WithNothingToFindNothingIsAsked) {
  SeededRandom random(1);
  PathMtu mtu(1150, 0);
  mtu.start(TimePoint::fromMicros(1));
  EXPECT_FALSE(mtu.poll(TimePoint::fromMicros(1), random));
}

template <class Peer>
void overAPath(size_t path, size_t atLeast) {
  AssociationConfig config;
  config.maxMtu = 1400;
  config.interleaving = false;
  Couple<Association, Peer> pair(1, {}, config);
  size_t largest = 0, dropped = 0;
  pair.filter = [&](bool toB, Bytes& bytes) {
    if (bytes.size() > path) return ++dropped, false;
    if (toB) largest = std::max(largest, bytes.size());
    return true;
  };
  ASSERT_TRUE(pair.connect());
  EXPECT_LE(largest, 1150u);
  size_t sent = 0;
  ASSERT_TRUE(pair.runUntil(
      [&] {
        while (sent < 400 && pair.a->send(pair.now, 0, 53, Bytes(100'000), {}) == Association::SendStatus::kSent)
          ++sent;
        pair.drain();
        return pair.atB.messages.size() == 400;
      },
      Duration::seconds(60)));
  pair.runFor(Duration::seconds(15));  // probes that are lost take a second each
  EXPECT_GE(pair.a->stats().mtu, atLeast);
  EXPECT_LE(pair.a->stats().mtu, std::max<size_t>(path, 1150));
  EXPECT_EQ(pair.a->senderStats().timeouts, 0u) << "no data rides on a probe";
}

TEST(PathMtu, BulkGrowsItsPackets) {
  overAPath<Association>(1500, 1400);
  overAPath<Association>(1300, 1264);
}
// What fits again comes through: the timeouts tell.
TEST(PathMtu, ABlackHoleShrinksTheNextPackets) {
  AssociationConfig config;
  config.maxMtu = 1400;
  Couple<Association, Association> pair(1, {}, config);
  ASSERT_TRUE(pair.connect());
  for (int i = 0; i < 8; ++i) (void)pair.a->send(pair.now, 0, 53, Bytes(100'000), {});
  pair.runFor(Duration::seconds(2));
  ASSERT_EQ(pair.a->stats().mtu, 1400u);
  pair.filter = [](bool, Bytes& bytes) { return bytes.size() <= 1200; };
  SendOptions once;
  once.maxLifetimeMillis = 500;  // what was cut too large is given up, or it would be asked for until the end
  (void)pair.a->send(pair.now, 0, 53, Bytes(50'000), once);
  pair.runFor(Duration::seconds(10));
  EXPECT_EQ(pair.a->stats().mtu, 1150u);
  const size_t before = pair.atB.messages.size();
  (void)pair.a->send(pair.now, 0, 53, Bytes(50'000), {});
  pair.runFor(Duration::seconds(10));
  EXPECT_EQ(pair.atB.messages.size(), before + 1);
  EXPECT_FALSE(pair.atA.failed);
}

TEST(PathMtu, UsrsctpEchoesTheProbesToo) {
  overAPath<UsrsctpPeer>(1500, 1400);
}

}  // namespace
}  // namespace tincan::inline v0::sctp::test

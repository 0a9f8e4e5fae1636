#include "sctp/socket/path_mtu.h"

#include <gtest/gtest.h>

#include "sctp/chunk/chunk.h"
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
  EXPECT_TRUE(mtu.onBlackHole(now));
  EXPECT_EQ(mtu.size(), 1150u);
  EXPECT_FALSE(mtu.onBlackHole(now));
}

TEST(PathMtu, ASearchIsMadeAgainWhenItMayFindMore) {
  SeededRandom random(1);
  PathMtu mtu(1150, 1400);
  TimePoint now = TimePoint::fromMicros(1);
  const auto find = [&](size_t path) {
    mtu.start(now);
    for (; !mtu.nextTimeout().isNever(); now = earlier(mtu.nextTimeout(), now + Duration::seconds(1))) {
      while (const auto probe = mtu.poll(now, random)) {
        if (probe->size <= path) mtu.onAck(now, probe->nonce);
      }
    }
    return mtu.size();
  };
  const size_t small = find(1250);
  EXPECT_GE(small, 1214u);
  EXPECT_FALSE(mtu.mayStart(now));
  now = now + Duration::seconds(598);
  EXPECT_EQ(find(1400), small) << "RFC 8899 §5.1.1: not within ten minutes";
  now = now + Duration::seconds(2);
  EXPECT_EQ(find(1400), 1400u);
  now = now + Duration::seconds(1000);
  EXPECT_FALSE(mtu.mayStart(now)) << "there is no more";
  EXPECT_TRUE(mtu.onBlackHole(now));
  EXPECT_FALSE(mtu.mayStart(now));
  now = now + Duration::seconds(601);
  EXPECT_EQ(find(1400), 1400u) << "it was another thing, or is over";
  EXPECT_TRUE(mtu.onPathChange());
  EXPECT_EQ(mtu.size(), 1150u);
  EXPECT_EQ(find(1300), 1272u);
  mtu.onPathChange();
  mtu.start(now);
  const auto probe = mtu.poll(now, random);
  mtu.onPathChange();
  EXPECT_FALSE(mtu.onAck(now, probe->nonce)) << "it came over the other path";
}

TEST(PathMtu, APathMayBeToldToCarryLess) {
  SeededRandom random(1);
  const TimePoint now = TimePoint::fromMicros(1);
  PathMtu mtu(1150, 1400);
  for (const size_t most : {size_t{1210}, size_t{1000}, SIZE_MAX}) {
    mtu.onPathChange(most);
    mtu.start(now);
    const auto probe = mtu.poll(now, random);
    ASSERT_EQ(probe.has_value(), most > 1150) << most;
    if (!probe) continue;
    EXPECT_LE(probe->size, std::min<size_t>(most, 1400));
    EXPECT_TRUE(mtu.onAck(now, probe->nonce));
    EXPECT_TRUE(mtu.nextTimeout().isNever()) << "there is no more";
    EXPECT_TRUE(mtu.onPathChange());
  }
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
// A path that carries less all of a sudden, and tells nobody: nothing is lost but time, and nothing is asked of IP before.
TEST(PathMtu, APathThatShrinksInMidLifeIsSurvived) {
  AssociationConfig config;
  config.maxMtu = 1400;
  for (const size_t path : {1280, 1200}) {
    SCOPED_TRACE(path);
    Couple<Association, Association> pair(1, {}, config);
    ASSERT_TRUE(pair.connect());
    size_t sent = 0, fragmented = 0, limit = 1500;
    pair.filter = [&](bool, Bytes& bytes) {
      EXPECT_EQ(pair.fragmentation == Fragmentation::kNever, bytes[12] == static_cast<uint8_t>(ChunkType::kHeartbeat));
      if (pair.fragmentation == Fragmentation::kAllowed) return ++fragmented, true;
      return bytes.size() <= limit;
    };
    const auto sendAndReceive = [&](size_t messages) {
      return pair.runUntil(
          [&] {
            while (sent < messages &&
                   pair.a->send(pair.now, 0, 53, Bytes(100'000), {}) == Association::SendStatus::kSent)
              ++sent;
            pair.drain();
            return pair.atB.messages.size() == messages;
          },
          Duration::seconds(20));
    };
    ASSERT_TRUE(sendAndReceive(50));
    EXPECT_EQ(pair.a->stats().mtu, 1400u);
    EXPECT_EQ(fragmented, 0u);
    limit = path;
    ASSERT_TRUE(sendAndReceive(200)) << pair.atB.messages.size();
    EXPECT_EQ(pair.a->stats().mtu, 1150u);
    EXPECT_GT(fragmented, 0u) << "what was cut before";
    EXPECT_FALSE(pair.atA.failed);
    const size_t before = fragmented;
    ASSERT_TRUE(sendAndReceive(300));
    EXPECT_EQ(fragmented, before) << "nothing new is too large";
  }
}

AssociationConfig upTo1400() {
  AssociationConfig config;
  config.maxMtu = 1400;
  return config;
}

/// Connects, and sends until the largest packet is found.
void search(Couple<Association, Association>& pair) {
  ASSERT_TRUE(pair.connect());
  for (int i = 0; i < 8; ++i) (void)pair.a->send(pair.now, 0, 53, Bytes(100'000), {});
  pair.runFor(Duration::seconds(2));
  ASSERT_EQ(pair.a->stats().mtu, 1400u);
}

TEST(PathMtu, AnotherPathIsSearchedAnew) {
  Couple<Association, Association> pair(1, {}, upTo1400());
  ASSERT_NO_FATAL_FAILURE(search(pair));
  pair.filter = [](bool, Bytes& bytes) { return bytes.size() <= 1300; };
  pair.a->onPathChange(pair.now);
  EXPECT_EQ(pair.a->stats().mtu, 1150u);
  for (int i = 0; i < 8; ++i) (void)pair.a->send(pair.now, 0, 53, Bytes(100'000), {});
  pair.runFor(Duration::seconds(15));
  EXPECT_GE(pair.a->stats().mtu, 1264u);
  EXPECT_LE(pair.a->stats().mtu, 1300u);
  EXPECT_EQ(pair.a->senderStats().timeouts, 0u);
}

// What fits again comes through: the timeouts tell.
TEST(PathMtu, ABlackHoleShrinksTheNextPackets) {
  Couple<Association, Association> pair(1, {}, upTo1400());
  ASSERT_NO_FATAL_FAILURE(search(pair));
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

// RFC 8899 §3, point 6: a probe that is lost says nothing of congestion. The same transfer with all probes lost, with all
// through, and with none made, each through a window that is its own limit.
TEST(PathMtu, ALostProbeIsNoCongestion) {
  for (const CongestionControl control :
       {CongestionControl::kReno, CongestionControl::kCubic, CongestionControl::kBbr}) {
    AssociationConfig config = upTo1400();
    config.congestionControl = control;
    Couple<Association, Association> pair(1, {}, config);
    size_t probes = 0;
    pair.filter = [&](bool, Bytes&) { return pair.fragmentation != Fragmentation::kNever || (++probes, false); };
    ASSERT_TRUE(pair.connect());
    size_t window = 0;
    const bool all = pair.runUntil(
        [&] {
          EXPECT_GE(pair.a->senderStats().congestionWindow, control == CongestionControl::kBbr ? 0 : window);
          window = pair.a->senderStats().congestionWindow;
          (void)pair.a->send(pair.now, 0, 53, Bytes(100'000), {});
          pair.drain();
          return pair.atB.messages.size() >= 200;
        },
        Duration::seconds(60));
    ASSERT_TRUE(all);
    pair.runFor(Duration::seconds(15));
    EXPECT_GE(probes, 3u);
    EXPECT_EQ(pair.a->stats().mtu, 1150u);
    const SenderStats stats = pair.a->senderStats();
    EXPECT_EQ(stats.timeouts + stats.fastRetransmits + stats.rackRetransmits, 0u);
  }
}

// RFC 8899 §4.3 and §4.4: whoever answers no probe, or takes none, gets what everybody's path carries, for as long as it
// takes.
TEST(PathMtu, APeerThatAnswersNoProbeGetsItsData) {
  for (const bool drops : {false, true}) {
    SCOPED_TRACE(drops);
    Couple<Association, Association> pair(1, {}, upTo1400());
    const auto type = [](const Bytes& bytes) { return static_cast<ChunkType>(bytes[12]); };
    size_t largest = 0;
    pair.filter = [&](bool toB, Bytes& bytes) {
      if (toB && type(bytes) == ChunkType::kHeartbeat) return !drops;
      if (toB) largest = std::max(largest, bytes.size());
      return toB || type(bytes) != ChunkType::kHeartbeatAck;
    };
    ASSERT_TRUE(pair.connect());
    size_t sent = 0;
    for (size_t upTo = 30; upTo <= 300; upTo += 30) {
      ASSERT_TRUE(pair.runUntil(
          [&] {
            while (sent < upTo && pair.a->send(pair.now, 0, 53, Bytes(100'000), {}) == Association::SendStatus::kSent)
              ++sent;
            pair.drain();
            return pair.atB.messages.size() == upTo;
          },
          Duration::seconds(60)));
      pair.runFor(Duration::seconds(120));
    }
    EXPECT_LE(largest, 1150u);
    EXPECT_EQ(pair.a->senderStats().timeouts, 0u);
    EXPECT_FALSE(pair.atA.failed || pair.atB.failed);
  }
}

TEST(PathMtu, UsrsctpEchoesTheProbesToo) {
  overAPath<UsrsctpPeer>(1500, 1400);
}

}  // namespace
}  // namespace tincan::inline v0::sctp::test

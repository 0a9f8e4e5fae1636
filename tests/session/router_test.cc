// Which stream a packet belongs to: by what it says of itself, by what was announced, and by what came before.
#include "session/router.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() { ids_.add(extensionMap()); }

  Router::Route route(const Written& written) {
    EXPECT_TRUE(rtp::ReceivedPacket::parse(now_, Ecn::kNotCapable, written.in(pool_), ids_, packet_));
    return router_.route(packet_);
  }
  static Written sound(uint32_t ssrc, uint16_t sequence = 1) {
    Written out;
    out.type = kOpus;
    out.ssrc = ssrc;
    out.sequence = sequence;
    return out;
  }
  static Written picture(uint32_t ssrc, std::string rid = {}, uint16_t sequence = 1) {
    Written out;
    out.ssrc = ssrc;
    out.sequence = sequence;
    out.rid = std::move(rid);
    return out;
  }
  static Written repair(uint32_t ssrc, std::string repaired = {}, uint16_t sequence = 1) {
    Written out;
    out.type = kVp8Rtx;
    out.ssrc = ssrc;
    out.sequence = sequence;
    out.repairedRid = std::move(repaired);
    return out;
  }
  void useSimulcast() {
    Section section = pictureSection("1");
    section.remoteRids = {"l", "m", "h"};
    router_.setSections({soundSection("0"), section});
  }

  PacketPool pool_;
  rtp::ExtensionIds ids_;
  rtp::ReceivedPacket packet_;
  Router router_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

TEST_F(RouterTest, ByPayloadTypeWhereOneSectionHasIt) {
  router_.setSections({soundSection("0"), pictureSection("1")});
  const auto first = route(sound(10));
  EXPECT_EQ(first.kind, Router::Kind::kMedia);
  EXPECT_TRUE(first.isNew);
  EXPECT_EQ(first.section->mid, "0");
  EXPECT_EQ(first.format->clockRate, 48'000u);
  const auto second = route(sound(10, 2));
  EXPECT_EQ(second.kind, Router::Kind::kMedia);
  EXPECT_FALSE(second.isNew) << "its SSRC is latched";
  EXPECT_EQ(route(picture(11)).section->mid, "1");
  Written other = picture(12);
  other.type = 50;
  EXPECT_EQ(route(other).kind, Router::Kind::kNowhere);
  EXPECT_EQ(router_.counters().unknownSsrc, 1u);
}

TEST_F(RouterTest, ByMidThenByAnnouncedSsrcWhereTwoHaveThePayloadType) {
  Section two = pictureSection("2");
  two.remoteSsrcs = {Ssrc(20)};
  router_.setSections({pictureSection("1"), two});
  EXPECT_EQ(route(picture(10)).kind, Router::Kind::kNowhere) << "either may be meant";
  EXPECT_EQ(route(picture(20)).section->mid, "2");
  Written named = picture(10);
  named.mid = "1";
  EXPECT_EQ(route(named).section->mid, "1");
  EXPECT_EQ(route(picture(10, {}, 2)).kind, Router::Kind::kMedia) << "without its mid from now on";
}

// RFC 9143 §9.2: the newest mid of an SSRC counts, and one that comes late does not.
// RFC 9143 §9.1 has one meaning of a number in a BUNDLE; peers that have two say by MID or SSRC which.
TEST_F(RouterTest, OneNumberIsTheCodecOfTheSectionThatThePacketNames) {
  Section audio = soundSection("0"), pictures = pictureSection("1");
  audio.formats = {{PayloadType(kVp8), 48'000}};
  audio.remoteSsrcs = {Ssrc(20)};
  router_.setSections({audio, pictures});
  EXPECT_EQ(route(picture(9)).kind, Router::Kind::kNowhere) << "either may be meant";
  Written named = picture(10);
  named.mid = "1";
  EXPECT_EQ(route(named).format->clockRate, 90'000u);
  const auto announced = route(picture(20));
  EXPECT_EQ(announced.section->mid, "0");
  EXPECT_EQ(announced.format->clockRate, 48'000u);
}

TEST_F(RouterTest, ANumberOfParityIsACodecsInAnotherSection) {
  Section audio = soundSection("0"), pictures = pictureSection("1"), more = pictureSection("2");
  for (Section* each : {&pictures, &more}) {
    each->formats.push_back({PayloadType(kOpus)});
    each->fec.flexfec = PayloadType(kOpus);
  }
  router_.setSections({pictures, more});
  EXPECT_EQ(route(sound(30)).kind, Router::Kind::kParity) << "parity in both: its payload names the stream";
  audio.remoteSsrcs = {Ssrc(20)};
  router_.setSections({audio, pictures});
  EXPECT_EQ(route(sound(20)).section->mid, "0");
  Written named = sound(21);
  named.mid = "0";
  EXPECT_EQ(route(named).kind, Router::Kind::kMedia);
  named = sound(22);
  named.mid = "1";
  EXPECT_EQ(route(named).kind, Router::Kind::kParity);
  EXPECT_EQ(route(sound(23)).kind, Router::Kind::kParity) << "it names no section: as ever";
}

TEST_F(RouterTest, AnSsrcMayMoveToAnotherSection) {
  router_.setSections({pictureSection("1"), pictureSection("2")});
  Written packet = picture(10, {}, 100);
  packet.mid = "1";
  route(packet);
  packet.mid = "2";
  packet.sequence = 99;
  EXPECT_FALSE(route(packet).isNew) << "older than what said the other";
  packet.sequence = 101;
  const auto moved = route(packet);
  EXPECT_TRUE(moved.isNew);
  EXPECT_EQ(moved.gone, Ssrc(10));
  EXPECT_EQ(moved.section->mid, "2");
  packet.mid = "nowhere";
  packet.sequence = 102;
  EXPECT_FALSE(route(packet).isNew) << "no section has that";
  EXPECT_EQ(router_.size(), 1u);
}

TEST_F(RouterTest, ThreeEncodingsAreThreeStreams) {
  useSimulcast();
  const std::pair<uint32_t, const char*> encodings[] = {{10, "l"}, {11, "m"}, {12, "h"}};
  for (const auto& [ssrc, rid] : encodings) {
    const auto first = route(picture(ssrc, rid));
    EXPECT_TRUE(first.isNew);
    EXPECT_EQ(first.rid, rid);
    EXPECT_EQ(first.stream, Ssrc(ssrc));
    EXPECT_EQ(router_.find("1", rid), Ssrc(ssrc));
    EXPECT_FALSE(route(picture(ssrc, {}, 2)).isNew) << "the rid is said for a while only";
  }
  EXPECT_FALSE(router_.find("1", "x"));
  EXPECT_FALSE(router_.find("0", "l"));
}

TEST_F(RouterTest, RepairsNameTheEncodingThatTheyRepair) {
  useSimulcast();
  EXPECT_EQ(route(repair(30, "h")).kind, Router::Kind::kNowhere) << "of what was never heard";
  route(picture(10, "l"));
  route(picture(12, "h"));
  const auto high = route(repair(30, "h", 2));
  EXPECT_EQ(high.kind, Router::Kind::kRepair);
  EXPECT_EQ(high.stream, Ssrc(12));
  EXPECT_EQ(route(repair(30, {}, 3)).stream, Ssrc(12)) << "latched";
  EXPECT_EQ(route(repair(31, "l")).stream, Ssrc(10));
  EXPECT_EQ(route(repair(32, "x")).kind, Router::Kind::kNowhere);
}

TEST_F(RouterTest, RepairsWithoutANameAreOfTheSourceHeardLast) {
  router_.setSections({pictureSection("1")});
  EXPECT_EQ(route(repair(30)).kind, Router::Kind::kNowhere);
  route(picture(10));
  now_ = now_ + Duration::millis(10);
  route(picture(11));
  EXPECT_EQ(route(repair(30, {}, 2)).stream, Ssrc(11));
  now_ = now_ + Duration::millis(10);
  EXPECT_EQ(route(repair(30, {}, 3)).stream, Ssrc(11));
  now_ = now_ + Duration::millis(10);
  route(picture(10, {}, 2));
  EXPECT_EQ(route(repair(31)).stream, Ssrc(10));
  EXPECT_EQ(route(repair(30, {}, 4)).stream, Ssrc(11)) << "what was latched stays so";
}

TEST_F(RouterTest, RepairsThatWereAnnouncedAreNoSourcesOfTheirOwn) {
  Section section = pictureSection("1");
  section.remoteSsrcs = {Ssrc(10)};
  section.remoteRtx = {{Ssrc(10), Ssrc(30)}};
  router_.setSections({section});
  // Its first packet may be lost, and come as a repair; padding that probes the line is none.
  Written padding = repair(30);
  padding.payload = {};
  EXPECT_EQ(route(padding).kind, Router::Kind::kNowhere);
  const auto first = route(repair(30));
  EXPECT_EQ(first.kind, Router::Kind::kRepair);
  EXPECT_TRUE(first.isNew);
  EXPECT_EQ(first.stream, Ssrc(10));
  EXPECT_FALSE(route(picture(10)).isNew);
  EXPECT_EQ(route(repair(30, {}, 2)).stream, Ssrc(10));
  EXPECT_FALSE(route(repair(30, {}, 3)).isNew);
  // The next description has it as a source.
  section.remoteSsrcs = {Ssrc(10), Ssrc(30)};
  section.remoteRtx = {};
  router_.setSections({section});
  EXPECT_EQ(route(picture(30)).kind, Router::Kind::kMedia);
}

TEST_F(RouterTest, ARidThatNobodyDeclaredIsRefused) {
  useSimulcast();
  EXPECT_EQ(route(picture(10, "z")).kind, Router::Kind::kNowhere);
  EXPECT_EQ(router_.counters().unknownRid, 1u);
  EXPECT_EQ(router_.size(), 0u) << "and takes no place";
  route(picture(10, "l", 2));
  EXPECT_FALSE(route(picture(10, "z", 3)).isNew) << "what is known stays what it is";
  // Where the description names none, any is good.
  router_.setSections({pictureSection("1")});
  EXPECT_EQ(route(picture(11, "z")).rid, "z");
}

TEST_F(RouterTest, ARidMayMoveToAnotherSsrc) {
  useSimulcast();
  route(picture(10, "h", 100));
  route(repair(30, "h"));
  const auto moved = route(picture(11, "h", 7));
  EXPECT_TRUE(moved.isNew);
  EXPECT_EQ(moved.superseded, Ssrc(10));
  EXPECT_EQ(router_.find("1", "h"), Ssrc(11));
  EXPECT_EQ(route(repair(30, "h", 2)).stream, Ssrc(11)) << "repairs follow the name";
  // What is still on its way of the old one is its own, and does not take the rid back.
  const auto late = route(picture(10, "h", 101));
  EXPECT_FALSE(late.isNew);
  EXPECT_EQ(late.stream, Ssrc(10));
  EXPECT_EQ(router_.find("1", "h"), Ssrc(11));
  EXPECT_EQ(router_.counters().superseded, 1u);
}

TEST_F(RouterTest, AnSsrcMayTakeAnotherRid) {
  useSimulcast();
  route(picture(10, "l", 100));
  EXPECT_FALSE(route(picture(10, "h", 99)).isNew);
  const auto renamed = route(picture(10, "h", 101));
  EXPECT_TRUE(renamed.isNew);
  EXPECT_EQ(renamed.gone, Ssrc(10));
  EXPECT_EQ(renamed.rid, "h");
  EXPECT_FALSE(router_.find("1", "l"));
}

// LIMITS: SSRCs that one peer may make us listen to.
TEST_F(RouterTest, HostileNumbersOfSsrcsAreRefused) {
  router_.setSections({pictureSection("1")});
  for (uint32_t i = 0; i < 10'000; ++i) {
    route(picture(1000 + i, std::to_string(i % 100)));
    route(repair(100'000 + i, std::to_string(i % 100)));
    ASSERT_LE(router_.size(), 2 * Router::kMaxSources);
  }
  EXPECT_GT(router_.counters().refused, 0u);
  // Of those that speak at once none is put out for another.
  router_.setSections({});
  router_.setSections({pictureSection("1")});
  for (uint32_t i = 0; i < 100; ++i) route(picture(1000 + i));
  EXPECT_EQ(router_.size(), Router::kMaxSources);
  const auto refused = router_.counters().refused;
  now_ = now_ + Router::kSilent;
  route(picture(1001, {}, 2));
  const auto late = route(picture(5000));
  EXPECT_TRUE(late.isNew);
  ASSERT_TRUE(late.gone) << "one was silent for five seconds";
  EXPECT_NE(late.gone, Ssrc(1001));
  EXPECT_EQ(router_.counters().refused, refused);
}

TEST_F(RouterTest, WhatWasSupersededMakesRoomFirst) {
  router_.setSections({pictureSection("1")});
  for (uint32_t i = 0; i < Router::kMaxSources; ++i) route(picture(1000 + i, i < 2 ? "h" : "r" + std::to_string(i)));
  const auto next = route(picture(5000, "new"));
  EXPECT_TRUE(next.isNew);
  EXPECT_EQ(next.gone, Ssrc(1000));
}

TEST_F(RouterTest, RoutesGoWithTheirSection) {
  router_.setSections({soundSection("0"), pictureSection("1")});
  route(sound(10));
  route(picture(11));
  route(repair(30));
  Section silent = pictureSection("1");
  silent.receive = false;
  EXPECT_EQ(router_.setSections({silent, soundSection("0")}), std::vector<Ssrc>{Ssrc(11)});
  EXPECT_FALSE(route(sound(10, 2)).isNew) << "the other one stays, though it has another place in the list";
  EXPECT_EQ(route(picture(11, {}, 2)).kind, Router::Kind::kNowhere);
  EXPECT_EQ(route(repair(30, {}, 2)).kind, Router::Kind::kNowhere);
}

}  // namespace
}  // namespace tincan::inline v0::session

// A MediaSession against a far end that the test plays: when it reports, how it leaves, and what a collision does.
#include "stack/media_session.h"

#include <algorithm>
#include <array>
#include <set>
#include <variant>

#include <gtest/gtest.h>

#include "rtp/rtcp/packet.h"
#include "stack/resolution_adapter.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

using rtp::rtcp::Bye;
using rtp::rtcp::Pli;
using rtp::rtcp::ReceiverReport;
using rtp::rtcp::Sdes;
using rtp::rtcp::SenderReport;

constexpr std::array<uint8_t, 3> kOpusSound = {0x78, 1, 2};       // one frame of 20 ms
constexpr std::array<uint8_t, 4> kVp8Delta = {0x10, 0x01, 0, 0};  // a frame that is no key frame

class MediaSessionTest : public ::testing::Test {
 protected:
  struct Heard {
    TimePoint when;
    size_t size;
    std::vector<rtp::rtcp::Packet> packets;
    bool isReport() const {
      return std::holds_alternative<SenderReport>(packets.front()) ||
             std::holds_alternative<ReceiverReport>(packets.front());
    }
    const Bye* bye() const { return std::get_if<Bye>(&packets.back()); }
  };
  void SetUp() override {
    on_.onRtp = [this](const PacketBuffer& packet) {
      rtp::Header header;
      ASSERT_TRUE(rtp::Header::parse(packet.view(), header));
      lastSsrc_ = header.ssrc.value();
    };
    on_.onRtcp = [this](const PacketBuffer& packet) {
      auto parsed = rtp::rtcp::parseCompound(packet.view());
      ASSERT_TRUE(parsed.ok());
      heard_.push_back({on_.wire.now(), packet.size(), *std::move(parsed)});
    };
  }
  void connect() {
    ASSERT_TRUE(on_.wire.connect());
    on_.session.apply(on_.sections);
  }
  std::vector<Heard> byes() const {
    std::vector<Heard> out;
    std::copy_if(heard_.begin(), heard_.end(), std::back_inserter(out), [](const Heard& h) { return h.bye(); });
    return out;
  }

  SessionOnWire on_;
  std::vector<Heard> heard_;
  uint32_t lastSsrc_ = 0;
};

// RFC 3550 §6.2.
TEST_F(MediaSessionTest, ReportsComeEarlyAndThenAboutOnceASecond) {
  connect();
  const TimePoint start = on_.wire.now();
  on_.run(Duration::seconds(25));
  ASSERT_GE(heard_.size(), 18u);
  EXPECT_LE(heard_.size(), 35u);
  EXPECT_GE(heard_.front().when - start, Duration::millis(250));
  EXPECT_LE(heard_.front().when - start, Duration::millis(900));
  std::set<int64_t> gaps;
  for (size_t i = 0; i < heard_.size(); ++i) {
    ASSERT_EQ(heard_[i].packets.size(), 2u);
    EXPECT_TRUE(std::holds_alternative<SenderReport>(heard_[i].packets[0]));
    EXPECT_TRUE(std::holds_alternative<Sdes>(heard_[i].packets[1])) << "RFC 3550 §6.1";
    if (i == 0) continue;
    const Duration gap = heard_[i].when - heard_[i - 1].when;
    EXPECT_GE(gap, Duration::millis(490));
    EXPECT_LE(gap, Duration::millis(1510));
    gaps.insert(gap.millis());
  }
  EXPECT_GT(gaps.size(), 8u) << "reports do not fall into step";
}

// RFC 3550 §6.1, §6.4: past 31 sources another receiver report, and past the MTU turns.
class ReportsOnManySources : public MediaSessionTest, public ::testing::WithParamInterface<std::pair<size_t, bool>> {};

// RFC 3550 §6.4.1.
TEST_P(ReportsOnManySources, CoverAllWithinTwo) {
  const auto [sources, sends] = GetParam();
  on_.sections[0].send = sends;
  connect();
  on_.run(Duration::millis(20));
  for (uint32_t i = 0; i < sources; ++i) {
    on_.fromPeer(SessionOnWire::kVp8Type, 5000 + i, 1, 3000, kVp8Delta);
    on_.carry();
  }
  heard_.clear();
  on_.run(Duration::seconds(10));
  std::erase_if(heard_, [](const Heard& heard) { return !heard.isReport(); });
  ASSERT_GE(heard_.size(), 6u);
  std::vector<std::set<uint32_t>> covered;
  for (const Heard& heard : heard_) {
    EXPECT_LE(heard.size, 1100u);
    EXPECT_EQ(heard.packets.size(), sources > 31 ? 3u : 2u);
    EXPECT_TRUE(std::holds_alternative<Sdes>(heard.packets.back()));
    std::set<uint32_t>& about = covered.emplace_back();
    for (const auto& packet : heard.packets) {
      const auto* sender = std::get_if<SenderReport>(&packet);
      const auto* receiver = std::get_if<ReceiverReport>(&packet);
      if (!sender && !receiver) continue;
      for (const auto& block : sender ? sender->reports : receiver->reports) {
        EXPECT_TRUE(about.insert(block.ssrc.value()).second) << "no source twice in one";
      }
    }
    EXPECT_EQ(about.size(), std::min<size_t>(sources, 43)) << "as many as fit";
  }
  for (size_t i = 1; i < covered.size(); ++i) {
    std::set<uint32_t> both = covered[i - 1];
    both.insert(covered[i].begin(), covered[i].end());
    EXPECT_EQ(both.size(), sources);
  }
}

INSTANTIATE_TEST_SUITE_P(Sources, ReportsOnManySources,
                         ::testing::Values(std::pair(31, true), std::pair(32, true), std::pair(64, true),
                                           std::pair(64, false)));

// One peer may make us listen to 64 sources; the one that has been silent longest makes room, and none that speaks.
TEST_F(MediaSessionTest, SixtyFourReceiversAndNoMore) {
  connect();
  on_.run(Duration::millis(20));
  const auto speak = [&](uint32_t from, uint32_t to, uint16_t sequence) {
    for (uint32_t i = from; i < to; ++i) {
      on_.fromPeer(SessionOnWire::kVp8Type, 5000 + i, sequence, 3000u * sequence, kVp8Delta);
      on_.carry();
    }
  };
  const auto sources = [&] {
    RTCStatsReport report;
    on_.session.addStats(on_.wire.now(), report);
    std::set<uint32_t> out;
    for (const auto& stream : report.inboundRtp) out.insert(stream.ssrc);
    return out;
  };
  speak(0, 70, 1);
  EXPECT_EQ(sources().size(), 64u);
  EXPECT_EQ(on_.session.counters().receiversRefused, 6u);
  on_.run(Duration::seconds(4));
  speak(1, 64, 2);
  on_.run(Duration::millis(1500));
  speak(100, 102, 1);
  EXPECT_EQ(on_.session.counters().receiversRefused, 7u) << "one was silent for five seconds";
  EXPECT_EQ(sources().size(), 64u);
  EXPECT_FALSE(sources().contains(5000));
  EXPECT_TRUE(sources().contains(5100));
}

// LIMITS B22: one peer does not take the slots of all other calls of its loop. Frames that never end, on many sources.
TEST_F(MediaSessionTest, ItsSourcesTogetherHoldSoManyPacketsAndNoMore) {
  constexpr size_t kMost = 8192;
  connect();
  on_.run(Duration::millis(20));
  const Bytes keyStart{0x10, 0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00}, more{0x00, 0x55};
  const auto speak = [&](uint32_t source, uint16_t sequence) {
    on_.fromPeer(SessionOnWire::kVp8Type, 5000 + source, sequence, 3000, sequence == 1 ? keyStart : more, false);
    on_.carry();
  };
  const size_t idle = on_.wire.pool().outstanding();
  const auto held = [&] { return on_.wire.pool().outstanding() - idle; };
  const auto over = [&] { return on_.session.counters().heldOverBudget; };
  // 3,000 of the first and as many of the second as there is room for.
  for (uint16_t i = 1; i <= 3000; ++i) speak(1, i);
  EXPECT_EQ(held(), 3000u);
  for (uint16_t i = 1; i <= kMost - 3000; ++i) speak(2, i);
  EXPECT_EQ(held(), kMost);
  EXPECT_EQ(over(), 0u);
  speak(1, 3001);
  EXPECT_EQ(over(), 1u);
  EXPECT_EQ(held(), 3001u) << "the source that held most gave up what it held";
  // And so on, whatever it does: eight sources that send four times what there is room for.
  for (uint16_t i = 3002; i < 7000; ++i) {
    for (uint32_t source = 1; source <= 8; ++source) speak(source, source == 1 ? i : static_cast<uint16_t>(i - 3001));
    ASSERT_LE(held(), kMost) << i;
  }
  EXPECT_GT(over(), 1u);
}

// A call as it should be never meets it: what is given out leaves its place.
TEST_F(MediaSessionTest, WhatIsGivenOutIsNotHeld) {
  connect();
  on_.run(Duration::millis(20));
  const Bytes keyStart{0x10, 0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00};
  for (uint16_t i = 1; i <= 10'000; ++i) {
    on_.fromPeer(SessionOnWire::kVp8Type, 5000, i, 3000u * i, keyStart, true);
    on_.turn();
    on_.wire.advance(Duration::millis(1));
  }
  EXPECT_EQ(on_.session.counters().heldOverBudget, 0u);
}

// RFC 5104 §4.3.1.2: the number of a FIR belongs to its requester and its target.
// Nobody says what the line carries: small pictures are sent with what they are worth, and no more.
TEST(MediaSessionRates, PicturesToAPeerThatReportsNothingTakeWhatTheirSizeIsWorth) {
  SessionOnWire on({}, true);
  ASSERT_TRUE(on.wire.connect());
  on.session.apply(on.sections);
  on.run(Duration::seconds(1));
  RTCStatsReport stats;
  on.session.addStats(on.wire.now(), stats);
  const auto pictures = std::find_if(stats.outboundRtp.begin(), stats.outboundRtp.end(),
                                     [](const auto& stream) { return stream.kind == "video"; });
  ASSERT_NE(pictures, stats.outboundRtp.end());
  EXPECT_EQ(*pictures->targetBitrate, mostOfOneVideo(320, 240));
  EXPECT_LT(*pictures->targetBitrate, SenderRates::kUsualVideoBitrate);
}

TEST(MediaSessionFir, ARepeatedOneIsOneRequestAndEachRequesterHasItsOwnNumbers) {
  SessionOnWire on({}, /*camera=*/true);
  ASSERT_TRUE(on.wire.connect());
  on.session.apply(on.sections);
  on.run(Duration::millis(100));
  const auto stats = [&] {
    RTCStatsReport report;
    on.session.addStats(on.wire.now(), report);
    return report.outboundRtp.at(1);
  };
  ASSERT_EQ(stats().kind, "video");
  const auto ask = [&](uint32_t requester, uint8_t number) {
    PacketBuffer packet = on.wire.pool().allocate();
    uint8_t bytes[100];
    ByteWriter writer(bytes);
    ASSERT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Fir{Ssrc(requester), {{Ssrc(stats().ssrc), number}}}));
    ASSERT_TRUE(packet.append(writer.written()));
    on.wire[1].sendRtcp(on.wire.now(), std::move(packet));
    on.carry();
  };
  ask(1, 7);
  ask(1, 7);
  EXPECT_EQ(stats().firCount, 1u) << "said twice, for safety";
  ask(2, 7);
  EXPECT_EQ(stats().firCount, 2u) << "another requester's number";
  ask(1, 8);
  EXPECT_EQ(stats().firCount, 3u);
  // Ever new requesters: each is obeyed, and nothing grows.
  for (uint32_t requester = 100; requester < 300; ++requester) ask(requester, 1);
  EXPECT_EQ(stats().firCount, 203u);
}

// Janus takes a compound as one medium's.
TEST(MediaSessionReports, SoundAndPicturesReportInCompoundsOfTheirOwn) {
  SessionOnWire on({}, /*camera=*/true);
  ASSERT_TRUE(on.wire.connect());
  size_t reports = 0;
  on.onRtcp = [&](const PacketBuffer& packet) {
    auto parsed = rtp::rtcp::parseCompound(packet.view());
    ASSERT_TRUE(parsed.ok());
    const auto senders = std::count_if(parsed->begin(), parsed->end(),
                                       [](const auto& each) { return std::holds_alternative<SenderReport>(each); });
    EXPECT_LE(senders, 1);
    reports += static_cast<size_t>(senders);
  };
  on.session.apply(on.sections);
  on.run(Duration::seconds(5));
  EXPECT_GE(reports, 8u) << "both report";
}

// RFC 4585 §3.5.1.
TEST_F(MediaSessionTest, FeedbackDoesNotWaitForTheReport) {
  connect();
  on_.run(Duration::millis(20));
  on_.fromPeer(SessionOnWire::kVp8Type, 5000, 1, 3000, kVp8Delta);
  on_.carry();
  heard_.clear();
  on_.session.requestKeyFrame(on_.wire.now(), *on_.video->receiver());
  on_.carry();
  ASSERT_EQ(heard_.size(), 1u);
  ASSERT_EQ(heard_[0].packets.size(), 1u) << "RFC 5506: without a report in front";
  const auto* pli = std::get_if<Pli>(&heard_[0].packets[0]);
  ASSERT_TRUE(pli);
  EXPECT_EQ(pli->media, Ssrc(5000));
}

// RFC 3550 §6.6.
TEST_F(MediaSessionTest, SaysGoodbyeOnceInACompoundThatStartsWithAReport) {
  connect();
  on_.run(Duration::millis(100));
  heard_.clear();
  on_.session.close(on_.wire.now());
  on_.session.close(on_.wire.now());
  on_.carry();
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_TRUE(heard_[0].isReport());
  ASSERT_TRUE(heard_[0].bye());
  EXPECT_EQ(heard_[0].bye()->sources, std::vector<Ssrc>{Ssrc(lastSsrc_)});
  EXPECT_TRUE(on_.session.nextTimeout().isNever());
}

// RFC 3550 §6.3.7.
TEST_F(MediaSessionTest, WhoHasSentNothingSaysNoGoodbye) {
  connect();
  on_.session.handleTimeout(on_.wire.now());
  on_.session.close(on_.wire.now());
  on_.carry();
  EXPECT_TRUE(heard_.empty());
  EXPECT_TRUE(on_.session.nextTimeout().isNever());
}

// A29, RFC 3550 §8.2: the peer sends with our SSRC.
TEST_F(MediaSessionTest, ACollisionHasUsTakeAnotherSsrc) {
  connect();
  on_.run(Duration::millis(100));
  const uint32_t old = lastSsrc_;
  ASSERT_NE(old, 0u);
  on_.fromPeer(SessionOnWire::kOpusType, old, 1, 960, kOpusSound);
  on_.run(Duration::millis(200));
  ASSERT_EQ(byes().size(), 1u);
  EXPECT_EQ(byes()[0].bye()->sources, std::vector<Ssrc>{Ssrc(old)});
  EXPECT_TRUE(byes()[0].isReport());
  EXPECT_NE(lastSsrc_, old) << "sound goes on under another SSRC";
  EXPECT_EQ(on_.session.counters().collisions, 1u);

  // The SSRC is the peer's now, and what comes under it is heard.
  on_.fromPeer(SessionOnWire::kOpusType, old, 2, 1920, kOpusSound);
  on_.run(Duration::millis(100));
  RTCStatsReport stats;
  on_.session.addStats(on_.wire.now(), stats);
  ASSERT_EQ(stats.inboundRtp.size(), 1u);
  EXPECT_EQ(stats.inboundRtp[0].ssrc, old);
  EXPECT_EQ(stats.inboundRtp[0].packetsReceived, 2u);
  ASSERT_EQ(stats.outboundRtp.size(), 1u);
  EXPECT_EQ(stats.outboundRtp[0].ssrc, lastSsrc_);
  EXPECT_EQ(byes().size(), 1u);
  EXPECT_EQ(on_.wire[0].counters().unsent, 0u);
}

// In the middle of a key frame: what waits under the old SSRC does not leave any more.
// RFC 3550 §8.2.
TEST_F(MediaSessionTest, ACollisionDropsWhatWaits) {
  media::MediaStreamConstraints constraints;
  constraints.video = true;
  const auto camera = media::getUserMedia(constraints, on_.wire.random()).value();
  ASSERT_TRUE(on_.video->sender()->replaceTrack(camera->getTracks().front()).ok());
  on_.sections[0].send = false;
  on_.sections[1].send = true;
  connect();
  uint32_t packets = 0;
  on_.onRtp = [&](const PacketBuffer& packet) {
    lastSsrc_ = loadBe32(packet.data() + 8);
    ++packets;
  };
  for (on_.turn(); packets == 0 && on_.wire.now() < TimePoint::fromMicros(10'000'000); on_.turn())
    on_.wire.advance(Duration::millis(5));
  const uint32_t old = lastSsrc_;
  ASSERT_GT(packets, 0u);
  EXPECT_EQ(on_.session.pacingCounters().dropped, 0u);
  on_.fromPeer(SessionOnWire::kVp8Type, old, 1, 960, kVp8Delta);
  on_.carry();
  ASSERT_EQ(on_.session.counters().collisions, 1u);
  EXPECT_GT(on_.session.pacingCounters().dropped, 0u) << packets << " had left";
  std::set<uint32_t> after;
  on_.onRtp = [&](const PacketBuffer& packet) { after.insert(loadBe32(packet.data() + 8)); };
  on_.run(Duration::millis(200));
  EXPECT_EQ(after.size(), 1u);
  EXPECT_EQ(after.count(old), 0u);
  EXPECT_EQ(byes().size(), 1u);
}

// RFC 3550 §8.2.
TEST_F(MediaSessionTest, AReportUnderOurSsrcIsACollisionToo) {
  connect();
  on_.run(Duration::millis(100));
  const uint32_t old = lastSsrc_;
  PacketBuffer packet = on_.wire.pool().allocate();
  ByteWriter writer(packet.writable());
  ASSERT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Packet(ReceiverReport{Ssrc(old), {}})));
  ASSERT_TRUE(packet.resize(writer.size()));
  on_.wire[1].sendRtcp(on_.wire.now(), std::move(packet));
  on_.run(Duration::millis(100));
  EXPECT_EQ(byes().size(), 1u);
  EXPECT_NE(lastSsrc_, old);
}

// A peer that follows us has us give way a bounded number of times; sound goes on.
TEST_F(MediaSessionTest, APeerThatFollowsUsDoesNotUseUpTheSsrcs) {
  connect();
  for (uint16_t i = 0; i < 300; ++i) {
    on_.run(Duration::millis(40));
    on_.fromPeer(SessionOnWire::kOpusType, lastSsrc_, 1, 960, kOpusSound);
    on_.carry();
  }
  EXPECT_EQ(on_.session.counters().collisions, 256u);
  const uint32_t last = lastSsrc_;
  const uint64_t sent = on_.wire[0].srtp()->stats().rtpProtected;
  on_.run(Duration::millis(200));
  EXPECT_EQ(lastSsrc_, last);
  EXPECT_GE(on_.wire[0].srtp()->stats().rtpProtected, sent + 9);
  EXPECT_EQ(on_.wire[0].counters().unsent, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::stack

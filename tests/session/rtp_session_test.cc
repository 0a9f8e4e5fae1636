// Two sessions on a line, without a PeerConnection: what comes, what is repaired, what is reported.
#include "session/rtp_session.h"

#include <algorithm>
#include <set>
#include <variant>

#include <gtest/gtest.h>

#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

using namespace rtp::rtcp;

TEST(RtpSession, CarriesSoundAndPictures) {
  Pair pair;
  pair.b.session.setSections({soundSection("0"), pictureSection("1")});
  pair.a.session.setSections({soundSection("0"), pictureSection("1")});
  OutboundStream& sound = pair.a.session.add(soundStream(10));
  OutboundStream& picture = pair.a.session.add(pictureStream(20));
  for (uint32_t i = 0; i < 100; ++i) {
    pair.a.add(pair.now, sound, 960 * i, 80, static_cast<uint8_t>(i));
    pair.a.add(pair.now, picture, 3000 * i, 1000, static_cast<uint8_t>(i));
    pair.run(Duration::millis(20));
  }
  ASSERT_EQ(pair.b.heard.size(), 200u);
  EXPECT_EQ(pair.b.begun.size(), 2u);
  EXPECT_EQ(std::count_if(pair.b.heard.begin(), pair.b.heard.end(), [](const auto& h) { return h.mid == "0"; }), 100);
  // Reports went both ways: the round trip is known, and the names.
  EXPECT_TRUE(sound.statistics().roundTripTime());
  EXPECT_EQ(pair.b.session.streams().receiving(Ssrc(10))->cname, "end");
  EXPECT_EQ(pair.b.session.streams().receiving(Ssrc(10))->statistics().packetsLost(), 0);
}

// Who only listens is told of no round trip by reports: what the path says of it is asked for again and again.
TEST(RtpSession, WhoOnlyListensFollowsTheRoundTripOfThePath) {
  Pair pair;
  pair.b.session.setSections({soundSection("0")});
  pair.a.session.setSections({soundSection("0")});
  OutboundStream& sound = pair.a.session.add(soundStream(10));
  const auto speak = [&](OutboundStream* answer, int seconds) {
    for (int i = 0; i < 50 * seconds; ++i) {
      pair.a.add(pair.now, sound, static_cast<uint32_t>(pair.now.micros() / 1000 * 48), 80);
      if (answer) pair.b.add(pair.now, *answer, static_cast<uint32_t>(pair.now.micros() / 1000 * 48), 80);
      pair.run(Duration::millis(20));
    }
  };
  pair.b.sink.rtt = Duration::millis(20);
  speak(nullptr, 5);
  EXPECT_EQ(pair.b.session.reporter().roundTripTime(), Duration::millis(20));
  pair.b.sink.rtt = Duration::millis(200);
  speak(nullptr, 10);
  EXPECT_EQ(pair.b.session.reporter().roundTripTime(), Duration::millis(200));
  // Once it speaks itself, reports say it better.
  OutboundStream& answer = pair.b.session.add(soundStream(20));
  speak(&answer, 15);
  EXPECT_LT(pair.b.session.reporter().roundTripTime(), Duration::millis(20));
  pair.b.session.remove(answer);
  speak(nullptr, 25);
  EXPECT_EQ(pair.b.session.reporter().roundTripTime(), Duration::millis(200));
}

// Chromium's three encodings of one section, repairs of each by repaired-rid.
TEST(RtpSession, SimulcastIsThreeStreamsOfOneSection) {
  Pair pair;
  Section section = pictureSection("1");
  section.remoteRids = {"l", "m", "h"};
  pair.b.session.setSections({section});
  pair.a.session.setSections({pictureSection("1")});
  const char* rids[] = {"l", "m", "h"};
  std::vector<OutboundStream*> streams;
  for (uint32_t i = 0; i < 3; ++i) streams.push_back(&pair.a.session.add(pictureStream(10 + i, "1", rids[i])));
  // One packet in eight is lost, repairs too.
  SeededRandom random(3);
  pair.loses = [&](const PacketBuffer&) { return random.below(8) == 0; };
  for (uint32_t i = 0; i < 300; ++i) {
    for (size_t each = 0; each < 3; ++each)
      pair.a.add(pair.now, *streams[each], 3000 * i, 100 * (each + 1), static_cast<uint8_t>(i));
    pair.run(Duration::millis(20));
  }
  pair.loses = nullptr;
  pair.run(Duration::seconds(2));
  EXPECT_EQ(pair.b.begun.size(), 3u);
  for (size_t each = 0; each < 3; ++each) {
    const InboundStream* stream = pair.b.session.find("1", rids[each]);
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->ssrc(), Ssrc(static_cast<uint32_t>(10 + each)));
    std::set<uint16_t> numbers;
    size_t recovered = 0;
    for (const auto& heard : pair.b.heard) {
      if (heard.rid != rids[each]) continue;
      EXPECT_EQ(heard.payload.size(), 100 * (each + 1));
      EXPECT_TRUE(numbers.insert(heard.sequence).second) << "no packet twice";
      recovered += heard.recovered ? 1 : 0;
    }
    EXPECT_GE(numbers.size(), 299u) << "the first of all may be lost for good";
    EXPECT_GT(recovered, 20u);
    EXPECT_GT(stream->statistics().packetsLost(), 20);
  }
}

TEST(RtpSession, ARidThatMovesLeavesTheOldStreamBehind) {
  End end(1);
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  Section section = pictureSection("1");
  section.remoteRids = {"h"};
  end.session.setSections({section});
  Written packet;
  packet.rid = "h";
  packet.ssrc = 10;
  end.write(now, packet);
  InboundStream* before = end.session.find("1", "h");
  ASSERT_TRUE(before);
  packet.ssrc = 11;
  end.write(now, packet);
  EXPECT_TRUE(before->isSuperseded());
  ASSERT_TRUE(end.session.find("1", "h"));
  EXPECT_EQ(end.session.find("1", "h")->ssrc(), Ssrc(11));
  EXPECT_TRUE(end.gone.empty());
  // A rid that nobody declared comes nowhere.
  packet.ssrc = 12;
  packet.rid = "x";
  end.write(now, packet);
  EXPECT_EQ(end.begun.size(), 2u);
  EXPECT_EQ(end.heard.size(), 2u);
}

TEST(RtpSession, HostileSsrcsGrowNothing) {
  End end(1);
  end.session.setSections({soundSection("0"), pictureSection("1")});
  TimePoint now = TimePoint::fromMicros(1'000'000);
  SeededRandom random(7);
  for (int i = 0; i < 20'000; ++i) {
    Written packet;
    packet.ssrc = random.u32();
    packet.type = i % 3 == 0 ? kVp8Rtx : kVp8;
    packet.rid = i % 2 == 0 ? std::to_string(random.u32() % 50) : "";
    packet.repairedRid = i % 5 == 0 ? std::to_string(random.u32() % 50) : "";
    packet.mid = i % 7 == 0 ? "0" : "1";
    packet.sequence = static_cast<uint16_t>(random.u32());
    end.write(now, packet);
    if (i % 10 == 0) end.session.handleTimeout(now);
    ASSERT_LE(end.session.streams().inbound.size(), Router::kMaxSources);
    ASSERT_LE(end.session.router().size(), 2 * Router::kMaxSources);
    now = now + Duration::millis(1);
    end.sink.rtcp.clear();
    end.heard.clear();
  }
  EXPECT_EQ(end.begun.size() - end.gone.size(), end.session.streams().inbound.size());
  EXPECT_EQ(end.pool.outstanding(), 0u);
}

TEST(RtpSession, TruncatedPacketsAreCountedAndDropped) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  Written packet;
  packet.mid = "1";
  packet.rid = "h";
  packet.transportSequence = 3;
  PacketBuffer whole = packet.in(end.pool);
  for (size_t size = 0; size < whole.size() - packet.payload.size(); ++size)
    end.session.receiveRtp(now, {}, end.pool.copy(whole.view().first(size)));
  EXPECT_EQ(end.session.counters().malformed, whole.size() - packet.payload.size());
  EXPECT_TRUE(end.heard.empty());
  for (size_t size = 0; size < 12; ++size) end.session.receiveRtcp(now, end.pool.copy(whole.view().first(size)));
  EXPECT_TRUE(end.begun.empty());
}

TEST(RtpSession, ReportsBeginEarlyAndNameTheSession) {
  Pair pair;
  pair.a.session.setSections({soundSection("0")});
  OutboundStream& sound = pair.a.session.add(soundStream(10));
  EXPECT_EQ(pair.a.session.nextTimeout(), TimePoint()) << "reports have yet to be scheduled";
  const TimePoint start = pair.now;
  std::vector<TimePoint> when;
  for (uint32_t i = 0; i < 1000; ++i) {
    pair.a.add(pair.now, sound, 960 * i);
    pair.a.session.handleTimeout(pair.now);
    for (const auto& compound : pair.a.takeRtcp()) {
      when.push_back(pair.now);
      ASSERT_EQ(compound.size(), 2u);
      EXPECT_TRUE(std::holds_alternative<SenderReport>(compound[0]));
      ASSERT_TRUE(std::holds_alternative<Sdes>(compound[1])) << "RFC 3550 §6.1";
      EXPECT_EQ(std::get<Sdes>(compound[1]).chunks.at(0).items.at(0).text, "end");
    }
    pair.now = pair.now + Duration::millis(20);
  }
  ASSERT_GE(when.size(), 14u);
  EXPECT_LE(when.size(), 30u);
  EXPECT_LE(when[0] - start, Duration::millis(900));
}

TEST(RtpSession, FeedbackGoesAtOnceAndReducedInSize) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  TimePoint now = TimePoint::fromMicros(1'000'000);
  end.session.handleTimeout(now);
  Written packet;
  end.write(now, packet);
  end.session.streams().receiving(Ssrc(1))->requestKeyFrame();
  EXPECT_LE(end.session.nextTimeout(), now);
  end.session.handleTimeout(now);
  const auto said = end.takeRtcp();
  ASSERT_EQ(said.size(), 1u);
  ASSERT_EQ(said[0].size(), 1u) << "RFC 5506: no report in front";
  EXPECT_EQ(std::get<Pli>(said[0][0]).media, Ssrc(1));
}

TEST(RtpSession, TellsWhenEachPacketCame) {
  End end(1);
  Section section = pictureSection("1");
  section.transportFeedback = true;
  end.session.setSections({section});
  TimePoint now = TimePoint::fromMicros(1'000'000);
  end.session.handleTimeout(now);
  for (uint16_t i = 0; i < 10; ++i) {
    Written packet;
    packet.sequence = i;
    packet.transportSequence = static_cast<uint16_t>(100 + i);
    if (i != 4) end.write(now, packet);
    now = now + Duration::millis(2);
  }
  now = now + Duration::millis(100);
  end.session.handleTimeout(now);
  const auto said = end.takeRtcp();
  const auto told = std::find_if(said.begin(), said.end(), [](const auto& compound) {
    return std::holds_alternative<TransportFeedback>(compound.front());
  });
  ASSERT_NE(told, said.end());
  EXPECT_EQ(std::get<TransportFeedback>(told->front()).baseSequence, 100);
}

// For a peer that does not ask when each packet came, but heeds what we say that we can take.
TEST(RtpSession, SaysRembWhereNoFeedbackIsWanted) {
  const auto rembs = [](bool wantsFeedback) {
    End end(1);
    Section section = pictureSection("1");
    section.remb = true;
    section.transportFeedback = wantsFeedback;
    end.session.setSections({section});
    TimePoint now = TimePoint::fromMicros(1'000'000);
    std::vector<Remb> out;
    for (uint16_t i = 0; i < 500; ++i) {
      Written packet;
      packet.sequence = i;
      packet.absSendTime = rtp::AbsSendTime::at(now);
      packet.payload.resize(1000);
      now = now + Duration::millis(10);
      end.write(now, packet);
      if (end.session.nextTimeout() <= now) end.session.handleTimeout(now);
      for (const auto& compound : end.takeRtcp()) {
        if (const auto* remb = std::get_if<Remb>(&compound.front())) out.push_back(*remb);
      }
    }
    return out;
  };
  const auto said = rembs(false);
  ASSERT_GE(said.size(), 4u);
  EXPECT_GT(said.back().bitrate, 800'000u);
  EXPECT_LT(said.back().bitrate, 1'400'000u);
  EXPECT_EQ(said.back().ssrcs, std::vector<Ssrc>{Ssrc(1)});
  EXPECT_TRUE(rembs(true).empty());
}

TEST(RtpSession, RequestsReachTheListenerAndFirOnce) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  OutboundStream& stream = end.session.add(pictureStream(10));
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  end.write(now, {Pli{Ssrc(1), Ssrc(10)}});
  end.write(now, {Pli{Ssrc(1), Ssrc(99)}});
  EXPECT_EQ(end.keyFrameRequests.size(), 1u);
  for (const uint8_t number : {7, 7, 8}) end.write(now, {Fir{Ssrc(1), {{Ssrc(10), number}}}});
  end.write(now, {Fir{Ssrc(2), {{Ssrc(10), 8}}}});
  EXPECT_EQ(end.keyFrameRequests.size(), 4u) << "RFC 5104 §4.3.1.2: the same number of one requester is one request";
  EXPECT_EQ(stream.firCount, 3u);
  EXPECT_EQ(stream.pliCount, 1u);
}

// What waits is one; and who has asked within a round trip of its leaving has not seen it yet.
TEST(RtpSession, AKeyFrameOnItsWayIsNotAskedForAgain) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  OutboundStream& stream = end.session.add(pictureStream(10));
  TimePoint now = TimePoint::fromMicros(1'000'000);
  stream.keyFrameBegins();
  end.add(now, stream, 3000, 1000);
  stream.keyFrameEnds();
  end.write(now, {Pli{Ssrc(1), Ssrc(10)}});
  end.write(now, {Fir{Ssrc(1), {{Ssrc(10), 1}}}});
  EXPECT_TRUE(end.keyFrameRequests.empty());
  end.session.flush(now);
  end.write(now += Duration::millis(50), {Pli{Ssrc(1), Ssrc(10)}});
  EXPECT_TRUE(end.keyFrameRequests.empty());
  end.write(now, {Fir{Ssrc(1), {{Ssrc(10), 2}}}});
  EXPECT_EQ(end.keyFrameRequests.size(), 1u) << "RFC 5104 §4.3.1: FIR wants one that comes after it";
  end.write(now += Duration::millis(100), {Pli{Ssrc(1), Ssrc(10)}});
  EXPECT_EQ(end.keyFrameRequests.size(), 2u) << "it was lost";
  EXPECT_EQ(stream.pliCount, 3u);
}

// Nothing that it has of the picture could be repaired in time.
TEST(RtpSession, WhatIsBeyondRepairAsksForAKeyFrameItself) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  OutboundStream& stream = end.session.add(pictureStream(10));
  TimePoint now = TimePoint::fromMicros(1'000'000);
  Nack nack{Ssrc(1), Ssrc(10), {}};
  for (int i = 0; i < 40; ++i) end.add(now, stream, 3000, 1000);
  for (int i = 0; i < 100; ++i) end.session.flush(now += Duration::millis(1));
  for (const auto& packet : end.takeRtp()) nack.sequenceNumbers.push_back(packet.sequence);
  ASSERT_EQ(nack.sequenceNumbers.size(), 40u);
  end.session.queue().repairs().setLineRate(500'000);
  end.write(now, {nack});
  EXPECT_EQ(end.keyFrameRequests, std::vector<Ssrc>{Ssrc(10)});
}

// A queue that fills is known by the next packet, and not only when a report has told a longer round trip.
TEST(RtpSession, StreamsKnowWhatPacketsWaitOnTheWay) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  TimePoint now = TimePoint::fromMicros(1'000'000);
  Written packet;
  packet.mid = "1";
  packet.absSendTime = rtp::AbsSendTime::at(now);
  end.write(now + Duration::millis(20), packet);
  InboundStream* stream = end.session.streams().receiving(Ssrc(1));
  ASSERT_TRUE(stream);
  stream->setRoundTripTime(Duration::millis(40));
  packet.sequence = 2;
  packet.absSendTime = rtp::AbsSendTime::at(now);
  end.write(now + Duration::millis(270), packet);
  EXPECT_EQ(stream->repairTime(), Duration::millis(290));
}

class Observed final : public CongestionObserver {
 public:
  void onSent(TimePoint, const Departure&) override {}
  void onTransportFeedback(TimePoint, const TransportFeedback&) override { ++transport; }
  void onCongestionFeedback(TimePoint, const CongestionFeedback&) override { ++congestion; }
  void onRemb(TimePoint, const Remb& remb) override { rate = remb.bitrate; }
  void onLoss(TimePoint, const rtp::ReportedLoss& loss) override { lost = loss.lost; }
  int transport = 0, congestion = 0;
  int64_t lost = 0;
  uint64_t rate = 0;
};

TEST(RtpSession, FeedbackReachesTheObserver) {
  End end(1);
  Observed observed;
  end.session.setObserver(&observed);
  end.session.setSections({pictureSection("1")});
  end.session.add(pictureStream(10));
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  rtp::TransportFeedbackCollector collector(Ssrc(1));
  collector.onPacket(5, now, Ssrc(10));
  end.write(now, {*collector.build()});
  end.write(now, {CongestionFeedback{}});
  end.write(now, {Remb{Ssrc(1), 64'000, {Ssrc(99)}}});
  EXPECT_EQ(observed.rate, 0u) << "of nobody here";
  end.write(now, {Remb{Ssrc(1), 64'000, {Ssrc(1010)}}});
  end.write(now, {ReceiverReport{Ssrc(1), {{Ssrc(10), 0, 0}}}});
  end.write(now, {ReceiverReport{Ssrc(1), {{Ssrc(10), 25, 7}}}});
  EXPECT_EQ(observed.transport, 1);
  EXPECT_EQ(observed.congestion, 1);
  EXPECT_EQ(observed.rate, 64'000u);
  EXPECT_EQ(observed.lost, 7);
  end.session.setObserver(nullptr);
}

// RFC 3550 §8.2.
TEST(RtpSession, ACollisionHasUsTakeAnotherSsrc) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  OutboundStream& stream = end.session.add(pictureStream(10));
  TimePoint now = TimePoint::fromMicros(1'000'000);
  end.session.handleTimeout(now);
  end.add(now, stream, 0);
  end.session.flush(now);
  Written packet;
  packet.ssrc = 10;
  end.write(now, packet);
  EXPECT_EQ(end.collisions, 1);
  ASSERT_EQ(end.session.streams().outbound.size(), 1u);
  EXPECT_NE(end.session.streams().outbound[0]->ssrc(), Ssrc(10));
  const auto said = end.takeRtcp();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<ReceiverReport>(said[0].front()));
  EXPECT_EQ(std::get<Bye>(said[0].back()).sources, std::vector<Ssrc>{Ssrc(10)});
  EXPECT_EQ(end.heard.size(), 1u) << "the peer's from now on";
  // By a report likewise, and of repairs.
  end.write(now, {ReceiverReport{end.session.streams().outbound[0]->config().rtxSsrc, {}}});
  EXPECT_EQ(end.collisions, 2);
  // A peer that follows us does so in vain.
  for (int i = 0; i < 1000; ++i) {
    packet.ssrc = end.session.streams().outbound[0]->ssrc().value();
    end.write(now, packet);
  }
  EXPECT_EQ(end.session.collisions(), CollisionGuard::kMaxCollisions);
}

TEST(RtpSession, SaysGoodbyeOnceIfItHasSaidAnything) {
  for (const bool spoke : {false, true}) {
    End end(1);
    end.session.setSections({soundSection("0")});
    OutboundStream& sound = end.session.add(soundStream(10));
    const TimePoint now = TimePoint::fromMicros(1'000'000);
    end.session.handleTimeout(now);
    if (spoke) {
      end.add(now, sound, 0);
      end.session.flush(now);
    }
    end.session.close(now);
    end.session.close(now);
    const auto said = end.takeRtcp();
    ASSERT_EQ(said.size(), spoke ? 1u : 0u);
    if (spoke) {
      EXPECT_TRUE(std::holds_alternative<Bye>(said[0].back()));
    }
    EXPECT_TRUE(end.session.nextTimeout().isNever());
  }
}

TEST(RtpSession, StreamsGoWithTheirSection) {
  End end(1);
  end.session.setSections({pictureSection("1")});
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  end.write(now, Written{});
  end.write(now, {Bye{{Ssrc(1), Ssrc(2)}, {}}});
  EXPECT_EQ(end.goodbyes, std::vector<Ssrc>{Ssrc(1)});
  end.session.setSections({});
  EXPECT_EQ(end.gone, std::vector<Ssrc>{Ssrc(1)});
  EXPECT_TRUE(end.session.streams().inbound.empty());
}

}  // namespace
}  // namespace tincan::inline v0::session

// Parity in a session: how much is sent, what it repairs, and that what it repairs is not counted as having come.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "session/fec_amount.h"
#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

constexpr uint8_t kRed = 118, kRedRtx = 119, kUlpfec = 120, kFlexfec = 49;
constexpr TimePoint kStart = TimePoint::fromMicros(1'000'000);

enum class By : uint8_t { kRedUlpfec, kOwnStream };

Section protectedSection(By by, bool nack = true) {
  Section out = pictureSection();
  out.nack = nack;
  if (by == By::kRedUlpfec) {
    out.formats.push_back({PayloadType(kRed), 90'000, PayloadType(kRedRtx)});
    out.fec = {PayloadType(kRed), PayloadType(kUlpfec), {}};
  } else {
    out.formats.push_back({PayloadType(kFlexfec), 90'000, {}});
    out.fec.flexfec = PayloadType(kFlexfec);
  }
  return out;
}

OutboundStream::Config protectedStream(By by, uint32_t ssrc = 10) {
  OutboundStream::Config out = pictureStream(ssrc);
  FecSending& fec = out.fec.emplace();
  if (by == By::kRedUlpfec) {
    fec.type = PayloadType(kUlpfec);
    fec.red = PayloadType(kRed);
    fec.redRtx = PayloadType(kRedRtx);
  } else {
    fec.scheme = rtp::FecScheme::kFlexfec03;
    fec.type = PayloadType(kFlexfec);
    fec.ssrc = Ssrc(ssrc + 2000);
  }
  return out;
}

// What a peer says that loses so much, a round trip of `rtt` away.
void report(TimePoint now, OutboundStream& stream, double lost, Duration rtt = Duration::millis(200)) {
  constexpr uint32_t kPackets = 1000;
  rtp::rtcp::ReportBlock block;
  block.ssrc = stream.ssrc();
  if (!stream.statistics().lastReport()) stream.handleReport(now, {}, block);
  block = *stream.statistics().lastReport();
  block.extendedHighestSequence += kPackets;
  block.cumulativeLost += static_cast<int32_t>(lost * kPackets);
  stream.handleReport(now, {}, block);
  stream.setRoundTripTime(rtt);
}

// ---- how much ----

// A second in which `share` of a thousand packets was lost.
class FecAmountTest : public ::testing::Test {
 protected:
  void second(double share, int64_t packets = 1000) {
    now_ = now_ + Duration::seconds(1);
    amount_.onReport(now_, {packets, std::llround(share * static_cast<double>(packets))});
  }
  TimePoint now_ = kStart;
  FecAmount amount_{true};
};

TEST_F(FecAmountTest, NoneWhereARepairComesInTimeAnyway) {
  second(0.1);
  EXPECT_EQ(amount_.protection(), 0) << "no round trip is known";
  amount_.setRoundTripTime(FecAmount::kShortRoundTrip);
  EXPECT_EQ(amount_.protection(), 0);
  amount_.setRoundTripTime(Duration::millis(60));
  const uint8_t half = amount_.protection();
  amount_.setRoundTripTime(Duration::millis(100));
  const uint8_t whole = amount_.protection();
  EXPECT_NEAR(half * 2, whole, 2);
  amount_.setRoundTripTime(Duration::millis(900));
  EXPECT_EQ(amount_.protection(), whole) << "a longer round trip asks for no more";
}

TEST_F(FecAmountTest, GrowsWithLossUpToAHalfAndEndsWhenNothingIsLost) {
  amount_.setRoundTripTime(Duration::millis(200));
  second(0.005);
  EXPECT_EQ(amount_.protection(), 0) << "so few are sent again";
  second(0.095);
  EXPECT_NEAR(amount_.protection(), 0.175 * 256, 1) << "half of the way";
  second(0.9);
  EXPECT_EQ(amount_.protection(), 128);
  int seconds = 0;
  for (; amount_.protection() > 0; ++seconds) second(0);
  EXPECT_GT(seconds, 10) << "it is forgotten slowly";
  EXPECT_LT(seconds, 30);
}

// There is nothing but parity, however short the round trip.
TEST_F(FecAmountTest, AsMuchAsOnALongLineWhereNothingIsSentAgain) {
  FecAmount alone(false);
  EXPECT_EQ(alone.protection(), 0) << "nothing is lost";
  alone.onReport(now_ + Duration::seconds(1), {1000, 100});
  second(0.1);
  amount_.setRoundTripTime(Duration::seconds(1));
  EXPECT_EQ(alone.protection(), amount_.protection());
  alone.setRoundTripTime(Duration::millis(1));
  EXPECT_EQ(alone.protection(), amount_.protection());
}

// A peer that waits for a key frame asks with each frame, and a report comes before: of two packets each.
TEST_F(FecAmountTest, ReportsOfSingleFramesAddUp) {
  amount_.setRoundTripTime(Duration::millis(200));
  FecAmount often(true);
  often.setRoundTripTime(Duration::millis(200));
  SeededRandom random(1);
  for (int each = 0; each < 20; ++each) {
    int64_t lost = 0;
    for (int frame = 0; frame < 30; ++frame) {
      const int64_t ofThese = random.below(25) == 0 ? 1 : 0;
      lost += ofThese;
      often.onReport(now_ + Duration::millis(33 * (frame + 1)), {2, ofThese});
    }
    second(static_cast<double>(lost) / 60, 60);
    if (each < 2) continue;
    EXPECT_GT(often.protection(), 0) << each;
    EXPECT_NEAR(often.protection(), amount_.protection(), 16) << each;
  }
}

// ---- sending ----

class FecSessionTest : public ::testing::TestWithParam<By> {
 protected:
  // One frame of `packets` packets that leave at once; what left.
  std::vector<PacketBuffer> sendFrame(OutboundStream& stream, size_t packets, uint8_t fill = 0) {
    for (size_t i = 0; i < packets; ++i) {
      PacketBuffer payload = a_.pool.copy(Bytes(100 + 10 * i, static_cast<uint8_t>(fill + i)));
      payload.mutableView()[0] = 0x10;
      EXPECT_TRUE(stream.add(now_, std::move(payload), i + 1 == packets, timestamp_));
    }
    timestamp_ += 3000;
    now_ = now_ + Duration::millis(33);
    a_.session.flush(now_);
    return std::exchange(a_.sink.rtp, {});
  }
  static uint8_t typeOf(const PacketBuffer& packet) { return packet.view()[1] & 0x7f; }
  static Bytes bytesOf(const PacketBuffer& packet) { return toBytes(packet.view()); }

  TimePoint now_ = kStart;
  uint32_t timestamp_ = 3000;
  End a_{1};
};

TEST_P(FecSessionTest, NothingIsSentBeforeLossIsReported) {
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  const size_t before = stream.maxPayload();
  const auto sent = sendFrame(stream, 8);
  ASSERT_EQ(sent.size(), 8u);
  for (const auto& packet : sent) EXPECT_EQ(typeOf(packet), kVp8);
  report(now_, stream, 0.1);
  EXPECT_LT(stream.maxPayload(), before) << "parity has to fit the path, too";
  EXPECT_EQ(sendFrame(stream, 8).size(), 10u);
  report(now_, stream, 0.1, Duration::millis(10));
  EXPECT_EQ(sendFrame(stream, 8).size(), 8u);
}

TEST_P(FecSessionTest, ParityOfTheLargestPacketsFitsThePath) {
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  sendFrame(stream, 1);
  report(now_, stream, 0.2);
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(stream.add(now_, a_.pool.copy(Bytes(stream.maxPayload(), 1)), i == 5, timestamp_));
  now_ = now_ + Duration::millis(50);
  a_.session.flush(now_);
  ASSERT_GT(a_.sink.rtp.size(), 6u);
  for (const auto& packet : a_.sink.rtp) EXPECT_LE(packet.size(), 1200u - 16 - 2);
}

TEST_P(FecSessionTest, SmallFramesShareAGroup) {
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  sendFrame(stream, 1);
  report(now_, stream, 0.05);
  size_t parity = 0;
  for (int i = 0; i < 12; ++i) parity += sendFrame(stream, 1).size() - 1;
  EXPECT_EQ(parity, 3u) << "one for each four";
}

// ---- every way to lose packets of a group ----

// Media packet i is repaired exactly when of those that its parity packet covers it alone is missing.
TEST_P(FecSessionTest, EachLossPatternOfAGroup) {
  constexpr size_t kMedia = 6;
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  sendFrame(stream, 1);
  report(now_, stream, 0.1);
  const auto earlier = sendFrame(stream, kMedia);
  const auto sent = sendFrame(stream, kMedia, 40);
  const size_t parity = sent.size() - kMedia;
  ASSERT_EQ(parity, 2u);
  std::vector<Bytes> originals;
  for (const auto& packet : sent) originals.push_back(bytesOf(packet));
  const uint16_t first = loadBe16(originals[0].data() + 2);
  for (uint32_t lost = 0; lost < 1u << sent.size(); ++lost) {
    const auto isLost = [&](size_t i) { return (lost >> i & 1) != 0; };
    End b(2);
    b.session.setSections({protectedSection(GetParam())});
    // Copies are kept from the first parity on.
    for (const auto& packet : earlier) b.session.receiveRtp(kStart, Ecn::kNotCapable, b.pool.copy(packet.view()));
    const uint64_t before = b.session.streams().receiving(Ssrc(10))->statistics().packetsReceived();
    b.heard.clear();
    for (size_t i = 0; i < originals.size(); ++i)
      if (!isLost(i)) b.session.receiveRtp(kStart, Ecn::kNotCapable, b.pool.copy(originals[i]));
    std::map<uint16_t, const End::Heard*> heard;
    for (const End::Heard& one : b.heard) {
      if (one.payload.empty()) continue;  // the place of parity
      EXPECT_TRUE(heard.emplace(one.sequence, &one).second) << "twice";
    }
    for (size_t i = 0; i < kMedia; ++i) {
      size_t missing = 0;
      for (size_t j = i % parity; j < kMedia; j += parity) missing += isLost(j) ? 1 : 0;
      const bool repaired = isLost(i) && missing == 1 && !isLost(kMedia + i % parity);
      const auto found = heard.find(static_cast<uint16_t>(first + i));
      ASSERT_EQ(found != heard.end(), !isLost(i) || repaired) << "pattern " << lost << " packet " << i;
      if (found == heard.end()) continue;
      EXPECT_EQ(found->second->recovered, isLost(i));
      EXPECT_EQ(found->second->payload.size(), 100 + 10 * i);
      EXPECT_EQ(found->second->payload.back(), 40 + i);
    }
    const InboundStream& in = *b.session.streams().receiving(Ssrc(10));
    uint64_t arrived = before;
    for (size_t i = 0; i < originals.size(); ++i)
      arrived += !isLost(i) && (GetParam() == By::kRedUlpfec || i < kMedia) ? 1 : 0;
    ASSERT_EQ(in.statistics().packetsReceived(), arrived) << "what is repaired has not come";
    ASSERT_EQ(in.retransmittedPackets(), 0u);
  }
}

// What is repaired is not asked for, and is whole in every byte: its extensions say when it left.
TEST_P(FecSessionTest, ARepairedPacketIsTheOriginalAndIsNotAskedFor) {
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  End b(2);
  b.session.setSections({protectedSection(GetParam())});
  class Keeps final : public SessionListener {
   public:
    void onPacket(InboundStream&, rtp::ReceivedPacket packet) override {
      if (packet.byParity) repaired.push_back(toBytes(packet.buffer.view()));
    }
    void onCollision(TimePoint, OutboundStream&, const OutboundStream::Config&) override {}
    std::vector<Bytes> repaired;
  } keeps;
  SeededRandom random(3);
  RtpSession session({}, b.sink, keeps, random, b.pool);
  session.setSections({protectedSection(GetParam())});
  for (const auto& packet : sendFrame(stream, 1)) session.receiveRtp(now_, {}, b.pool.copy(packet.view()));
  report(now_, stream, 0.1);
  // A first group tells the receiver that there is parity.
  for (const auto& packet : sendFrame(stream, 6)) session.receiveRtp(now_, {}, b.pool.copy(packet.view()));
  const auto sent = sendFrame(stream, 6);
  for (size_t i = 0; i < sent.size(); ++i)
    if (i != 2) session.receiveRtp(now_, {}, b.pool.copy(sent[i].view()));
  ASSERT_EQ(keeps.repaired.size(), 1u);
  PacketBuffer plain = b.pool.copy(sent[2].view());
  if (GetParam() == By::kRedUlpfec) {
    ASSERT_TRUE(rtp::unwrapRed(plain, PayloadType(kRed)));
  }
  EXPECT_EQ(keeps.repaired[0], bytesOf(plain));
  InboundStream& in = *session.streams().receiving(Ssrc(10));
  EXPECT_EQ(in.nacks().missing(), 0u);
  EXPECT_EQ(in.nacks().stats().nacksSent, 0u);
  EXPECT_EQ(in.fec()->stats().recovered, 1u);
  EXPECT_GE(in.fec()->stats().packets, 4u);
}

// Two of three lost: parity helps nothing, and after the patience both are asked for, and repaired by RTX.
TEST_P(FecSessionTest, WhatParityCannotRepairIsAskedFor) {
  Pair line;
  line.a.session.setSections({protectedSection(GetParam())});
  line.b.session.setSections({protectedSection(GetParam())});
  OutboundStream& stream = line.a.session.add(protectedStream(GetParam()));
  line.a.add(line.now, stream, 3000);
  line.run(Duration::millis(20));
  report(now_, stream, 0.03);
  const auto frame = [&](uint32_t timestamp) {
    for (int i = 0; i < 6; ++i) {
      PacketBuffer payload = line.a.pool.copy(Bytes(50, static_cast<uint8_t>(i)));
      stream.add(line.now, std::move(payload), i == 5, timestamp);
    }
  };
  frame(6000);
  line.run(Duration::millis(33));
  int seen = 0;
  line.loses = [&](const PacketBuffer& packet) {
    const Ssrc ssrc(loadBe32(packet.view().data() + 8));
    if (ssrc != Ssrc(10)) return false;
    ++seen;
    return seen == 2 || seen == 3;
  };
  line.b.heard.clear();
  frame(9000);
  line.run(Duration::millis(30));
  const InboundStream& in = *line.b.session.streams().receiving(Ssrc(10));
  EXPECT_EQ(in.nackCount(), 0u) << "parity may come yet";
  line.run(Duration::millis(100));
  EXPECT_EQ(in.nackCount(), 1u);
  EXPECT_EQ(in.nacks().missing(), 0u);
  EXPECT_EQ(std::count_if(line.b.heard.begin(), line.b.heard.end(),
                          [](const End::Heard& one) { return one.recovered && one.payload.size() == 50; }),
            2);
}

TEST_P(FecSessionTest, CopiesGoWhenNoParityComes) {
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  End b(2);
  b.session.setSections({protectedSection(GetParam())});
  const auto pass = [&](const std::vector<PacketBuffer>& packets) {
    for (const auto& packet : packets) b.session.receiveRtp(now_, {}, b.pool.copy(packet.view()));
  };
  pass(sendFrame(stream, 1));
  InboundStream& in = *b.session.streams().receiving(Ssrc(10));
  EXPECT_FALSE(in.fec()->active()) << "nothing is kept before there is parity";
  report(now_, stream, 0.1);
  pass(sendFrame(stream, 6));
  EXPECT_TRUE(in.fec()->active());
  report(now_, stream, 0, Duration::millis(5));
  now_ = now_ + FecReceiver::kIdle;
  pass(sendFrame(stream, 6));
  EXPECT_FALSE(in.fec()->active());
  EXPECT_GT(in.fec()->stats().packets, 0u) << "what was counted stays";
}

// ULPFEC shares the media's numbers; who goes on after a removal does not use one twice.
TEST_P(FecSessionTest, NumbersHaveNoGapsAndNoneIsUsedTwice) {
  OutboundStream& stream = a_.session.add(protectedStream(GetParam()));
  std::map<uint32_t, std::vector<uint16_t>> numbers;
  const auto note = [&](const std::vector<PacketBuffer>& packets) {
    for (const auto& packet : packets)
      numbers[loadBe32(packet.view().data() + 8)].push_back(loadBe16(packet.view().data() + 2));
  };
  note(sendFrame(stream, 1));
  report(now_, stream, 0.1);
  for (int i = 0; i < 5; ++i) note(sendFrame(stream, 7));
  a_.session.remove(stream);
  OutboundStream& again = a_.session.add(protectedStream(GetParam()));
  note(sendFrame(again, 1));
  report(now_, again, 0.1);
  note(sendFrame(again, 7));
  EXPECT_EQ(numbers.size(), GetParam() == By::kRedUlpfec ? 1u : 2u);
  for (const auto& [ssrc, list] : numbers)
    for (size_t i = 1; i < list.size(); ++i) EXPECT_EQ(list[i], static_cast<uint16_t>(list[i - 1] + 1)) << ssrc;
}

INSTANTIATE_TEST_SUITE_P(Both, FecSessionTest, ::testing::Values(By::kRedUlpfec, By::kOwnStream),
                         [](const auto& each) { return each.param == By::kRedUlpfec ? "Ulpfec" : "Flexfec"; });

// ---- hostile ----

TEST(FecReceiverTest, RedInRedAndBlocksThatLieGoNowhere) {
  End b(2);
  b.session.setSections({protectedSection(By::kRedUlpfec)});
  Written packet;
  packet.ssrc = 10;
  packet.type = kRed;
  for (const Bytes& payload : {Bytes{kRed, 1, 2, 3}, Bytes{0x80 | kVp8, 1, 2, 3, 4}}) {
    packet.payload = payload;
    ++packet.sequence;
    b.write(kStart, packet);
  }
  EXPECT_TRUE(b.heard.empty());
  EXPECT_EQ(b.session.counters().strayParity, 2u);
}

TEST(FecReceiverTest, ParityForAStreamOfAnotherSectionIsRefused) {
  End b(2);
  Section other = pictureSection("2");
  other.formats = {{PayloadType(45), 90'000, {}}};
  b.session.setSections({protectedSection(By::kOwnStream), other});
  Written media;
  media.ssrc = 77;
  media.type = 45;
  b.write(kStart, media);
  Written parity;
  parity.ssrc = 78;
  parity.type = kFlexfec;
  parity.mid = "1";
  parity.payload = Bytes(24, 0);
  parity.payload[8] = 1;
  parity.payload[15] = 77;
  parity.payload[18] = 0xff;
  b.write(kStart, parity);
  EXPECT_EQ(b.session.counters().strayParity, 1u);
  EXPECT_EQ(b.session.streams().inbound.size(), 1u) << "parity is no source";
}

// Each keeps copies: a peer that protects ever more streams gets no more of them.
TEST(FecReceiverTest, OnlySoManyStreamsAreRepairedAtOnce) {
  End b(2);
  b.session.setSections({protectedSection(By::kRedUlpfec)});
  for (uint32_t ssrc = 1; ssrc <= 40; ++ssrc) {
    Written packet;
    packet.ssrc = ssrc;
    packet.type = kRed;
    packet.payload = Bytes(16, 0);
    packet.payload[0] = kUlpfec;
    packet.payload[13] = 0x80;
    b.write(kStart, packet);
  }
  size_t active = 0;
  for (const auto& [ssrc, stream] : b.session.streams().inbound) active += stream->fec()->active() ? 1 : 0;
  EXPECT_EQ(active, FecReceiver::kMostDecoders);
}

}  // namespace
}  // namespace tincan::inline v0::session

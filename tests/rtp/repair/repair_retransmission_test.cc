#include <deque>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/header.h"
#include "rtp/repair/retransmission_buffer.h"
#include "rtp/repair/rtx.h"

namespace tincan::inline v0::rtp {
namespace {

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

Bytes rtpPacket(uint16_t sequence, size_t payload = 100, uint8_t type = 96) {
  Bytes bytes(kFixedHeaderSize + payload, static_cast<uint8_t>(sequence));
  Header header;
  header.marker = sequence % 2 == 0;
  header.payloadType = PayloadType(type);
  header.sequenceNumber = sequence;
  header.timestamp = sequence * 10u;
  header.ssrc = Ssrc(0x11111111);
  EXPECT_EQ(writeHeader(bytes, header), kFixedHeaderSize);
  return bytes;
}

class RetransmissionBufferTest : public testing::Test {
 protected:
  RetransmissionBufferTest() { plenty_.setLineRate(1'000'000'000); }
  PacketPool pool_;
  RetransmissionBudget plenty_;
};

TEST_F(RetransmissionBufferTest, GivesBackWhatWasStoredAcrossTheWrap) {
  RetransmissionBuffer buffer({}, pool_);
  for (uint32_t i = 65500; i < 65600; ++i) ASSERT_TRUE(buffer.store(at(0), rtpPacket(static_cast<uint16_t>(i))));
  for (uint32_t i = 65500; i < 65600; ++i) {
    const auto packet = buffer.take(at(1), static_cast<uint16_t>(i), plenty_);
    ASSERT_TRUE(packet) << i;
    EXPECT_TRUE(equalBytes(*packet, rtpPacket(static_cast<uint16_t>(i))));
  }
  EXPECT_FALSE(buffer.take(at(1), 65499, plenty_));
  EXPECT_FALSE(buffer.take(at(1), 64, plenty_));
  EXPECT_EQ(buffer.stats().unknown, 2u);
}

TEST_F(RetransmissionBufferTest, OneResendOfAPacketARoundTrip) {
  RetransmissionBuffer buffer({}, pool_);
  buffer.setRoundTripTime(Duration::millis(50));
  ASSERT_TRUE(buffer.store(at(0), rtpPacket(1)));
  EXPECT_TRUE(buffer.take(at(0), 1, plenty_));
  EXPECT_FALSE(buffer.take(at(0), 1, plenty_)) << "in the same instant";
  EXPECT_FALSE(buffer.take(at(49), 1, plenty_));
  EXPECT_TRUE(buffer.take(at(50), 1, plenty_));
  EXPECT_EQ(buffer.stats().tooSoon, 2u);
}

TEST_F(RetransmissionBufferTest, ForgetsWhatIsTooOld) {
  RetransmissionBuffer buffer({.maxAge = Duration::millis(500)}, pool_);
  ASSERT_TRUE(buffer.store(at(0), rtpPacket(1)));
  EXPECT_TRUE(buffer.take(at(500), 1, plenty_));
  EXPECT_FALSE(buffer.take(at(701), 1, plenty_));
  ASSERT_TRUE(buffer.store(at(702), rtpPacket(2)));
  EXPECT_EQ(buffer.size(), 1u);
  EXPECT_EQ(pool_.outstanding(), 1u) << "an old copy gives its slot back";
}

TEST_F(RetransmissionBufferTest, IsBoundedInBytes) {
  RetransmissionBuffer buffer({.maxBytes = 32 * PacketBuffer::kCapacity}, pool_);
  for (uint16_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE(buffer.store(at(0), rtpPacket(i)));
    ASSERT_LE(buffer.size(), 32u);
    ASSERT_EQ(buffer.size(), pool_.outstanding());
  }
  EXPECT_TRUE(buffer.take(at(1), 999, plenty_));
  EXPECT_TRUE(buffer.take(at(1), 968, plenty_));
  EXPECT_FALSE(buffer.take(at(1), 967, plenty_));
}

// The ring grows as it fills, and keeps what it held each time it does.
TEST_F(RetransmissionBufferTest, GrowsWithUseAndLosesNothing) {
  RetransmissionBuffer buffer({}, pool_);
  EXPECT_FALSE(buffer.take(at(0), 7, plenty_)) << "before the first packet";
  for (uint16_t count = 1; count <= 600; ++count) {
    ASSERT_TRUE(buffer.store(at(0), rtpPacket(static_cast<uint16_t>(count - 1), 8)));
    ASSERT_EQ(buffer.size(), count);
    ASSERT_EQ(buffer.size(), pool_.outstanding());
  }
  for (uint16_t i = 0; i < 600; ++i) {
    const auto packet = buffer.take(at(1), i, plenty_);
    ASSERT_TRUE(packet) << i;
    ASSERT_TRUE(equalBytes(*packet, rtpPacket(i, 8))) << i;
  }
}

TEST_F(RetransmissionBufferTest, SurvivesJumpsOfTheSequence) {
  RetransmissionBuffer buffer({.maxBytes = 64 * PacketBuffer::kCapacity}, pool_);
  SeededRandom random(3);
  std::deque<uint16_t> stored;
  for (int i = 0; i < 20000; ++i) {
    const auto sequence = static_cast<uint16_t>(random.u32());
    ASSERT_TRUE(buffer.store(at(i), rtpPacket(sequence, 4)));
    ASSERT_LE(buffer.size(), 64u);
    ASSERT_EQ(buffer.size(), pool_.outstanding());
    const auto packet = buffer.take(at(i), sequence, plenty_);
    if (packet) {
      ASSERT_TRUE(equalBytes(*packet, rtpPacket(sequence, 4)));
    }
    const auto other = static_cast<uint16_t>(random.u32());
    if (const auto some = buffer.take(at(i), other, plenty_)) {
      ASSERT_TRUE(equalBytes(*some, rtpPacket(other, 4)));
    }
  }
}

// A36: whatever is asked for, no more goes out than the line's budget, and what goes out next goes out whole.
TEST_F(RetransmissionBufferTest, ANackStormStaysWithinTheBudget) {
  RetransmissionBudget budget;
  budget.setLineRate(1'000'000);
  RetransmissionBuffer buffer({}, pool_);
  buffer.setRoundTripTime(Duration::millis(5));
  const auto storm = [&](int64_t from, int64_t to, bool sending) {
    const uint64_t before = buffer.stats().resentBytes;
    for (int64_t ms = from; ms < to; ++ms) {
      if (sending && ms % 8 == 0) buffer.store(at(ms), rtpPacket(static_cast<uint16_t>(ms / 8), 988));
      for (int64_t back = 0; back < 100; ++back) buffer.take(at(ms), static_cast<uint16_t>(ms / 8 - back), budget);
    }
    const double share = static_cast<double>(buffer.stats().resentBytes - before) * 8 / 1'000'000;
    const double seconds = static_cast<double>(to - from) / 1000;
    EXPECT_LE(share, 0.25 * (seconds + 0.5) + 0.008) << "a quarter, a window's worth to begin with, and one packet";
    EXPECT_GE(share, 0.25 * seconds - 0.008) << "and the share can be used";
  };
  storm(0, 10'000, true);
  EXPECT_GT(buffer.stats().capped, 0u);
  storm(10'000, 10'500, false);  // as long as there is something to send again
}

TEST(RetransmissionBudget, ServesNothingWithoutALineAndAWindowAtTheStart) {
  RetransmissionBudget budget;
  EXPECT_FALSE(budget.take(at(0), 1));
  budget.setLineRate(1'000'000);
  size_t bytes = 0;
  while (budget.take(at(0), 1000)) bytes += 1000;
  EXPECT_EQ(bytes, 16'000u) << "25 % of 500 ms of it are 15,625, and one packet may overdraw";
  EXPECT_FALSE(budget.take(at(11), 1000)) << "375 bytes overdrawn are 12 ms";
  EXPECT_TRUE(budget.take(at(13), 1000));
}

TEST(RetransmissionBudget, SavesUpAWindowAndNoMore) {
  RetransmissionBudget budget;
  budget.setLineRate(800'000);
  while (budget.take(at(0), 1000)) {
  }
  size_t bytes = 0;
  while (budget.take(at(3'600'000), 1000)) bytes += 1000;
  EXPECT_EQ(bytes, 13'000u);
}

TEST(RetransmissionBudget, FollowsTheLine) {
  RetransmissionBudget budget;
  budget.setLineRate(100'000'000);
  budget.setLineRate(80'000);  // what was saved up on the wide line is not spent on the narrow one
  size_t bytes = 0;
  while (budget.take(at(0), 100)) bytes += 100;
  EXPECT_EQ(bytes, 1300u);
  // The smallest lines have repairs too, one at a time.
  EXPECT_TRUE(budget.take(at(500), 1250));
  EXPECT_FALSE(budget.take(at(501), 1200));
  EXPECT_TRUE(budget.take(at(1000), 1200));
  budget.setLineRate(UINT64_MAX);
  EXPECT_TRUE(budget.take(at(2000), 1'000'000'000));
  EXPECT_TRUE(budget.take(at(2000), 1200)) << "nothing has run over";
}

// Two packets in a hundred, again and again: each repair is served.
TEST(RetransmissionBudget, OrdinaryLossIsServedWhole) {
  RetransmissionBudget budget;
  budget.setLineRate(1'000'000);
  SeededRandom random(9);
  size_t lost = 0;
  for (int64_t packet = 0; packet < 10'000; ++packet) {  // of 1,000 bytes each 8 ms: 1 Mbit/s
    for (bool again = random.below(100) < 2; again; again = random.below(100) < 2) {
      ++lost;
      ASSERT_TRUE(budget.take(at(packet * 8), 1000)) << packet;
    }
  }
  EXPECT_GT(lost, 150u);
}

TEST_F(RetransmissionBufferTest, RefusesWhatIsNoRtpAndAnEmptyPool) {
  RetransmissionBuffer buffer({}, pool_);
  EXPECT_FALSE(buffer.store(at(0), Bytes(11, 0x80)));
  EXPECT_FALSE(buffer.store(at(0), Bytes(12, 0x00)));
  PacketPool tiny(1);
  RetransmissionBuffer poor({}, tiny);
  EXPECT_TRUE(poor.store(at(0), rtpPacket(1)));
  EXPECT_FALSE(poor.store(at(0), rtpPacket(2)));
  EXPECT_TRUE(poor.take(at(0), 1, plenty_));
}

class RtxTest : public testing::Test {
 protected:
  RtxTest() { types_.add(PayloadType(96), PayloadType(97)); }
  PacketPool pool_;
  RtxPayloadTypes types_;
};

TEST_F(RtxTest, ARetransmissionBecomesTheOriginalAgain) {
  RtxSender sender(Ssrc(0x22222222), 65535, types_);
  RtxReceiver receiver(Ssrc(0x11111111), types_);
  for (const uint8_t extension : {0, 1}) {
    for (const uint16_t sequence : {uint16_t{0}, uint16_t{1}, uint16_t{65535}, uint16_t{4660}}) {
      Bytes original = rtpPacket(sequence, 50);
      if (extension) {  // one word of one-byte elements, right behind the fixed header
        original[0] |= 0x10;
        const uint8_t block[] = {0xbe, 0xde, 0, 1, 0x10, 0x7f, 0, 0};
        original.insert(original.begin() + 12, std::begin(block), std::end(block));
      }
      PacketBuffer packet = pool_.allocate();
      ASSERT_TRUE(sender.build(original, packet));
      Header header;
      ASSERT_TRUE(Header::parse(packet.view(), header));
      EXPECT_EQ(header.ssrc, Ssrc(0x22222222));
      EXPECT_EQ(header.payloadType, PayloadType(97));
      EXPECT_EQ(header.marker, sequence % 2 == 0);
      EXPECT_EQ(header.timestamp, sequence * 10u);
      EXPECT_EQ(header.hasExtension, extension == 1);
      EXPECT_EQ(loadBe16(packet.data() + header.headerSize), sequence) << "OSN";
      ASSERT_EQ(receiver.restore(packet), RtxReceiver::Outcome::kRestored);
      EXPECT_TRUE(equalBytes(packet.view(), original));
    }
  }
  EXPECT_EQ(receiver.stats().restored, 8u);
}

TEST_F(RtxTest, CountsItsOwnSequence) {
  RtxSender sender(Ssrc(2), 65535, types_);
  for (const uint16_t expected : {uint16_t{65535}, uint16_t{0}, uint16_t{1}}) {
    PacketBuffer packet = pool_.allocate();
    ASSERT_TRUE(sender.build(rtpPacket(9), packet));
    EXPECT_EQ(loadBe16(packet.data() + 2), expected);
    PacketBuffer refused = pool_.allocate();
    EXPECT_FALSE(sender.build(rtpPacket(9, 10, 100), refused)) << "no retransmission type";
    EXPECT_FALSE(sender.build(Bytes(11, 0x80), refused));
    PacketBuffer none;
    EXPECT_FALSE(sender.build(rtpPacket(9), none));
  }
}

TEST_F(RtxTest, DropsThePaddingOfTheOriginal) {
  RtxSender sender(Ssrc(2), 0, types_);
  RtxReceiver receiver(Ssrc(0x11111111), types_);
  const Bytes plain = rtpPacket(7, 50);
  PacketBuffer padded = pool_.copy(plain);
  ASSERT_TRUE(appendPadding(padded, 20));
  PacketBuffer packet = pool_.allocate();
  ASSERT_TRUE(sender.build(padded.view(), packet));
  ASSERT_EQ(receiver.restore(packet), RtxReceiver::Outcome::kRestored);
  EXPECT_TRUE(equalBytes(packet.view(), plain));
}

// A31: nothing in it, less than a sequence number in it, or lies: as it was, and counted.
TEST_F(RtxTest, PaddingAndLiesAreLeftAlone) {
  RtxSender sender(Ssrc(2), 0, types_);
  RtxReceiver receiver(Ssrc(0x11111111), types_);
  PacketBuffer probe = pool_.allocate();
  ASSERT_TRUE(sender.buildPadding(PayloadType(96), 90, 255, probe));
  EXPECT_EQ(probe.size(), kFixedHeaderSize + 255);
  const Bytes before = toBytes(probe.view());
  EXPECT_EQ(receiver.restore(probe), RtxReceiver::Outcome::kPadding);
  EXPECT_TRUE(equalBytes(probe.view(), before));
  for (size_t payload = 0; payload <= 2; ++payload) {
    PacketBuffer packet = pool_.copy(rtpPacket(1, payload, 97));
    EXPECT_EQ(receiver.restore(packet), RtxReceiver::Outcome::kPadding) << payload;
  }
  PacketBuffer unknown = pool_.copy(rtpPacket(1, 20, 98));
  EXPECT_EQ(receiver.restore(unknown), RtxReceiver::Outcome::kMalformed);
  const Bytes whole = rtpPacket(1, 20, 97);
  for (size_t size = 0; size < kFixedHeaderSize; ++size) {
    PacketBuffer cut = pool_.copy(ByteView(whole).first(size));
    EXPECT_EQ(receiver.restore(cut), RtxReceiver::Outcome::kMalformed) << size;
  }
  for (const uint8_t padding : {0, 21, 255}) {  // none, or longer than the payload
    Bytes lying = whole;
    lying[0] |= 0x20;
    lying.back() = padding;
    PacketBuffer packet = pool_.copy(lying);
    EXPECT_EQ(receiver.restore(packet), RtxReceiver::Outcome::kMalformed) << int{padding};
    EXPECT_TRUE(equalBytes(packet.view(), lying));
  }
}

TEST_F(RtxTest, PayloadTypesOutOfRangeAreNoTypes) {
  RtxPayloadTypes types;
  types.add(PayloadType(200), PayloadType(97));
  types.add(PayloadType(96), PayloadType(255));
  EXPECT_FALSE(types.rtxFor(PayloadType(96)));
  EXPECT_FALSE(types.rtxFor(PayloadType(200)));
  EXPECT_FALSE(types.mediaFor(PayloadType(255)));
  EXPECT_FALSE(types.mediaFor(PayloadType(97)));
}

}  // namespace
}  // namespace tincan::inline v0::rtp

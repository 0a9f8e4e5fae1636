#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "rtp/payload/vp8.h"
#include "tests/media/jitter_buffer/virtual_time.h"

namespace tincan::inline v0::media {
namespace {

using State = VideoJitterBuffer::State;

/// Makes VP8 frames and their packets, as a sender would.
class Sender {
 public:
  explicit Sender(uint64_t seed, uint16_t firstSequence = 0, uint32_t firstTimestamp = 0)
      : random_(seed), sequence_(firstSequence), timestamp_(firstTimestamp), packetizer_(0x7ff0) {}

  struct Sent {
    uint16_t sequenceNumber;
    uint32_t timestamp;
    bool marker;
    Bytes payload;
  };

  std::vector<Sent> frame(bool key, size_t size, Bytes* copy = nullptr) {
    Bytes bytes(std::max<size_t>(size, 10));
    random_.fill(bytes);
    bytes[0] = static_cast<uint8_t>((bytes[0] & 0xfe) | (key ? 0 : 1));
    if (key) storeBe24(bytes.data() + 3, 0x9d012a);
    if (copy) *copy = bytes;
    packetizer_.setFrame(bytes, 1200);
    std::vector<Sent> out;
    bool last = false;
    while (!last) {
      PacketBuffer packet = pool_.allocate();
      if (!packetizer_.next(packet, last)) break;
      out.push_back({sequence_++, timestamp_, last, toBytes(packet.view())});
    }
    timestamp_ += 3000;
    return out;
  }
  void skip(uint16_t count) { sequence_ = static_cast<uint16_t>(sequence_ + count); }
  uint16_t takeSequence() { return sequence_++; }
  uint32_t timestamp() const { return timestamp_; }

 private:
  SeededRandom random_;
  PacketPool pool_;
  uint16_t sequence_;
  uint32_t timestamp_;
  rtp::Vp8Packetizer packetizer_;
};

class VideoJitterBufferTest : public testing::Test {
 protected:
  void deliver(VideoJitterBuffer& buffer, TimePoint now, const Sender::Sent& sent) {
    VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = sent.sequenceNumber;
    packet.timestamp = sent.timestamp;
    packet.buffer = pool_.copy(sent.payload);
    ASSERT_TRUE(rtp::depacketizeVp8(packet.buffer.view(), sent.marker, packet.info));
    buffer.receive(now, std::move(packet));
  }
  void deliver(VideoJitterBuffer& buffer, TimePoint now, const std::vector<Sender::Sent>& all) {
    for (const auto& sent : all) deliver(buffer, now, sent);
  }
  void deliverPadding(VideoJitterBuffer& buffer, TimePoint now, uint16_t sequence, uint32_t timestamp) {
    VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = sequence;
    packet.timestamp = timestamp;
    buffer.receive(now, std::move(packet));
  }

  PacketPool pool_;
  ReceivedFrame frame_;
};

// RFC 5109 §14.1: parity has numbers among those of media. That nothing is missing between two pictures, their ids say.
TEST_F(VideoJitterBufferTest, StepsOverNumbersBetweenPicturesThatFollowEachOther) {
  Sender sender(3, 65533);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 3000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  // Over the end of 15 bits of picture id (Sender begins at 0x7ff0), with parity that came and parity that did not.
  for (int i = 1; i < 40; ++i) {
    if (i % 3 == 0) deliverPadding(buffer, at(10 * i), sender.takeSequence(), 0);
    sender.skip(static_cast<uint16_t>(1 + i % 2));
    if (i % 4 == 0) deliverPadding(buffer, at(10 * i), sender.takeSequence(), 0);
    deliver(buffer, at(10 * i), sender.frame(false, 3000));
    ASSERT_TRUE(buffer.pop(at(10 * i), frame_)) << i;
  }
  EXPECT_EQ(buffer.stats().gapsGivenUp, 0u);
  EXPECT_EQ(buffer.heldPackets(), 0u);
  // A picture is missing: it is waited for.
  const auto lost = sender.frame(false, 1000);
  deliver(buffer, at(500), sender.frame(false, 3000));
  EXPECT_FALSE(buffer.pop(at(500), frame_));
  deliver(buffer, at(501), lost);
  EXPECT_TRUE(buffer.pop(at(501), frame_));
  EXPECT_TRUE(buffer.pop(at(501), frame_));
  // The first packet of the next is missing: so it is.
  auto headless = sender.frame(false, 3000);
  for (size_t i = 1; i < headless.size(); ++i) deliver(buffer, at(510), headless[i]);
  EXPECT_FALSE(buffer.pop(at(510), frame_));
  deliver(buffer, at(511), headless[0]);
  EXPECT_TRUE(buffer.pop(at(511), frame_));
}

// B22: the connection takes back what is held; the stream goes on with its next keyframe.
TEST_F(VideoJitterBufferTest, ClearedItHoldsNothingAndWaitsForAKeyFrame) {
  Sender sender(2, 65530);
  VideoJitterBuffer buffer(noDelay());
  buffer.clear();
  EXPECT_FALSE(buffer.needsKeyFrame()) << "nothing has come yet";
  auto unfinished = sender.frame(true, 20'000);
  unfinished.pop_back();
  deliver(buffer, at(0), unfinished);
  EXPECT_EQ(buffer.heldPackets(), unfinished.size());
  buffer.clear();
  EXPECT_EQ(buffer.heldPackets(), 0u);
  EXPECT_EQ(pool_.outstanding(), 0u);
  EXPECT_TRUE(buffer.needsKeyFrame());
  EXPECT_EQ(buffer.stats().overflows, 1u);
  EXPECT_EQ(buffer.stats().dropped, unfinished.size());
  EXPECT_TRUE(buffer.nextTimeout().isNever());
  deliver(buffer, at(1), sender.frame(false, 3000));
  EXPECT_FALSE(buffer.pop(at(2000), frame_));
  Bytes key;
  deliver(buffer, at(2001), sender.frame(true, 3000, &key));
  ASSERT_TRUE(buffer.pop(at(2001), frame_));
  EXPECT_EQ(frame_.data, key);
}

TEST_F(VideoJitterBufferTest, GivesWholeFramesInOrder) {
  Sender sender(1);
  VideoJitterBuffer buffer(noDelay());
  Bytes key, delta;
  const auto first = sender.frame(true, 5000, &key);
  const auto second = sender.frame(false, 3000, &delta);
  EXPECT_FALSE(buffer.needsKeyFrame()) << "nothing has come yet";
  deliver(buffer, at(0), first);
  deliver(buffer, at(1), second);
  ASSERT_TRUE(buffer.pop(at(1), frame_));
  EXPECT_EQ(frame_.data, key);
  EXPECT_TRUE(frame_.keyFrame);
  EXPECT_EQ(frame_.packets, first.size());
  EXPECT_EQ(frame_.rtpTimestamp, 0u);
  EXPECT_EQ(frame_.received, at(0));
  ASSERT_TRUE(buffer.pop(at(1), frame_));
  EXPECT_EQ(frame_.data, delta);
  EXPECT_FALSE(frame_.keyFrame);
  EXPECT_EQ(frame_.width, 0);
  EXPECT_FALSE(buffer.pop(at(1), frame_));
  EXPECT_EQ(buffer.heldBytes(), 0u);
  EXPECT_EQ(pool_.outstanding(), 0u);
  EXPECT_TRUE(buffer.nextTimeout().isNever());
}

TEST_F(VideoJitterBufferTest, AnyOrderOfAFramesPacketsWillDo) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Sender sender(seed, 65530);
    SeededRandom random(seed);
    VideoJitterBuffer buffer(noDelay());
    Bytes key;
    auto packets = sender.frame(true, 12000, &key);
    for (size_t i = packets.size(); i > 1; --i) std::swap(packets[i - 1], packets[random.below(i)]);
    deliver(buffer, at(0), packets);
    ASSERT_TRUE(buffer.pop(at(0), frame_)) << seed;
    EXPECT_EQ(frame_.data, key);
  }
}

TEST_F(VideoJitterBufferTest, WaitsForALostPacketThenGivesUp) {
  Sender sender(2);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 2000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  const auto hurt = sender.frame(false, 3000);
  deliver(buffer, at(33), hurt[0]);
  deliver(buffer, at(33), hurt[2]);
  deliver(buffer, at(66), sender.frame(false, 1000));
  EXPECT_FALSE(buffer.pop(at(66), frame_));
  EXPECT_EQ(buffer.nextTimeout(), at(33 + 300));
  EXPECT_FALSE(buffer.needsKeyFrame());
  EXPECT_FALSE(buffer.pop(at(332), frame_));
  EXPECT_FALSE(buffer.needsKeyFrame());
  EXPECT_FALSE(buffer.pop(at(333), frame_));
  EXPECT_TRUE(buffer.needsKeyFrame());
  EXPECT_TRUE(buffer.nextTimeout().isNever());
  EXPECT_EQ(buffer.stats().gapsGivenUp, 1u);
  // Deltas do not help; the next keyframe does.
  deliver(buffer, at(400), sender.frame(false, 1000));
  EXPECT_FALSE(buffer.pop(at(400), frame_));
  Bytes key;
  deliver(buffer, at(433), sender.frame(true, 1000, &key));
  EXPECT_FALSE(buffer.needsKeyFrame());
  ASSERT_TRUE(buffer.pop(at(433), frame_));
  EXPECT_EQ(frame_.data, key);
  EXPECT_EQ(pool_.outstanding(), 0u);
  deliver(buffer, at(434), hurt[1]);
  EXPECT_EQ(buffer.stats().late, 1u);
}

// Where packets wait on the way, a repair does: what is missing is waited for as if the way were longer.
TEST_F(VideoJitterBufferTest, WaitsLongerWhereRepairsTakeLonger) {
  Sender sender(2);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 2000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  buffer.setRoundTripTime(Duration::millis(40));
  const auto hurt = sender.frame(false, 3000);
  deliver(buffer, at(33), hurt[0]);
  deliver(buffer, at(33), hurt[2]);
  EXPECT_FALSE(buffer.pop(at(66), frame_));
  EXPECT_EQ(buffer.nextTimeout(), at(33 + 300));
  buffer.setRepairTime(Duration::millis(140));
  EXPECT_FALSE(buffer.pop(at(333), frame_));
  EXPECT_EQ(buffer.nextTimeout(), at(33 + 490));
  buffer.setRepairTime(Duration::seconds(100));
  EXPECT_EQ(buffer.nextTimeout(), at(33 + 1000)) << "and no longer than that";
  deliver(buffer, at(600), hurt[1]);
  EXPECT_TRUE(buffer.pop(at(600), frame_));
}

// Over a slow line a keyframe is the dearer of the two: a repair is waited for as long as that would take to come.
TEST_F(VideoJitterBufferTest, WaitsAsLongAsAKeyFrameWouldTakeToCome) {
  struct Row {
    size_t picture;       // bytes, ten times a second
    int64_t least, most;  // ms that a gap lasts
  } const rows[] = {{20'000, 300, 300}, {2'000, 390, 430}, {500, 1000, 1000}};
  for (const Row& row : rows) {
    Sender sender(2);
    VideoJitterBuffer buffer(noDelay());
    buffer.setRoundTripTime(Duration::millis(40));
    for (int64_t ms = 0; ms <= 3000; ms += 100) {
      deliver(buffer, at(ms), sender.frame(ms == 0, ms == 0 ? 8'000 : row.picture));
      ASSERT_TRUE(buffer.pop(at(ms), frame_));
    }
    const auto hurt = sender.frame(false, 3000);
    deliver(buffer, at(3100), hurt[0]);
    deliver(buffer, at(3100), hurt[2]);
    EXPECT_FALSE(buffer.pop(at(3100), frame_));
    const int64_t lasts = (buffer.nextTimeout() - at(3100)).millis();
    EXPECT_GE(lasts, row.least) << row.picture;
    EXPECT_LE(lasts, row.most) << row.picture;
    EXPECT_FALSE(buffer.pop(at(3099 + lasts), frame_));
    EXPECT_FALSE(buffer.needsKeyFrame());
    EXPECT_FALSE(buffer.pop(at(3101 + lasts), frame_));
    EXPECT_TRUE(buffer.needsKeyFrame());
  }
}

TEST_F(VideoJitterBufferTest, ARetransmissionInTimeSavesTheFrame) {
  Sender sender(3);
  VideoJitterBuffer buffer(noDelay());
  Bytes wanted[3];
  deliver(buffer, at(0), sender.frame(true, 2000, &wanted[0]));
  const auto hurt = sender.frame(false, 3000, &wanted[1]);
  deliver(buffer, at(33), hurt[0]);
  deliver(buffer, at(33), hurt[2]);
  deliver(buffer, at(66), sender.frame(false, 1000, &wanted[2]));
  deliver(buffer, at(300), hurt[1]);
  for (const Bytes& want : wanted) {
    ASSERT_TRUE(buffer.pop(at(300), frame_));
    EXPECT_EQ(frame_.data, want);
  }
}

// What it waited for the repair of another is no time of a decoder's: sound would wait for it with each picture.
TEST_F(VideoJitterBufferTest, APictureBehindAGapIsDueOnceTheGapIsFilled) {
  Sender sender(14);
  VideoJitterBuffer buffer;
  deliver(buffer, at(0), sender.frame(true, 3000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  EXPECT_EQ(frame_.due, at(0));
  const auto lost = sender.frame(false, 1000);
  deliver(buffer, at(66), sender.frame(false, 1000));
  EXPECT_FALSE(buffer.pop(at(140), frame_));
  deliver(buffer, at(150), lost);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(buffer.pop(at(150), frame_)) << i;
    EXPECT_EQ(frame_.due, at(150)) << i;
  }
}

TEST_F(VideoJitterBufferTest, LeavesAnOldGapBehindForALaterKeyFrame) {
  Sender sender(4);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 2000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  const auto lost = sender.frame(false, 3000);
  deliver(buffer, at(33), sender.frame(false, 500));
  Bytes key;
  deliver(buffer, at(66), sender.frame(true, 4000, &key));
  EXPECT_FALSE(buffer.pop(at(66), frame_));
  EXPECT_EQ(buffer.nextTimeout(), at(33 + 80));
  ASSERT_TRUE(buffer.pop(at(113), frame_));
  EXPECT_EQ(frame_.data, key);
  EXPECT_EQ(buffer.stats().dropped, 1u);
}

// To go on with a key frame that lacks packets itself would be to wait for its repairs in the place of those that are on
// their way: the picture would stand still for a round trip more.
TEST_F(VideoJitterBufferTest, DoesNotLeaveAGapForAKeyFrameThatHasOnlyBegun) {
  Sender sender(4);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 2000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  Bytes wanted, key;
  const auto hurt = sender.frame(false, 3000, &wanted);
  deliver(buffer, at(33), hurt[0]);
  deliver(buffer, at(33), hurt[2]);
  const auto late = sender.frame(true, 4000, &key);
  for (size_t i = 0; i < late.size(); ++i)
    if (i != 2) deliver(buffer, at(66), late[i]);
  EXPECT_FALSE(buffer.pop(at(120), frame_));
  EXPECT_EQ(buffer.nextTimeout(), at(33 + 300)) << "what can be done then is to ask anew";
  deliver(buffer, at(125), hurt[1]);
  ASSERT_TRUE(buffer.pop(at(125), frame_));
  EXPECT_EQ(frame_.data, wanted);
  deliver(buffer, at(160), late[2]);
  ASSERT_TRUE(buffer.pop(at(160), frame_));
  EXPECT_EQ(frame_.data, key);
  EXPECT_EQ(buffer.stats().gapsGivenUp, 0u);
}

TEST_F(VideoJitterBufferTest, LeavesAGapAsSoonAsTheKeyFrameIsWhole) {
  Sender sender(4);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 2000));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  static_cast<void>(sender.frame(false, 3000));  // lost
  Bytes key;
  const auto late = sender.frame(true, 4000, &key);
  for (size_t i = 0; i < late.size(); ++i)
    if (i != 1) deliver(buffer, at(33), late[i]);
  EXPECT_FALSE(buffer.pop(at(150), frame_));
  deliver(buffer, at(151), late[1]);
  EXPECT_LE(buffer.nextTimeout(), at(151));
  ASSERT_TRUE(buffer.pop(at(151), frame_));
  EXPECT_EQ(frame_.data, key);
}

TEST_F(VideoJitterBufferTest, StartsOnlyAtAKeyFrame) {
  Sender sender(5);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(false, 3000));
  EXPECT_FALSE(buffer.pop(at(5000), frame_));
  EXPECT_TRUE(buffer.needsKeyFrame());
  // The keyframe's first packet comes last of all.
  Bytes key, delta;
  const auto packets = sender.frame(true, 5000, &key);
  for (size_t i = 1; i < packets.size(); ++i) deliver(buffer, at(33), packets[i]);
  deliver(buffer, at(66), sender.frame(false, 100, &delta));
  EXPECT_TRUE(buffer.needsKeyFrame());
  deliver(buffer, at(70), packets[0]);
  EXPECT_FALSE(buffer.needsKeyFrame());
  ASSERT_TRUE(buffer.pop(at(70), frame_));
  EXPECT_EQ(frame_.data, key);
  ASSERT_TRUE(buffer.pop(at(70), frame_));
  EXPECT_EQ(frame_.data, delta);
  EXPECT_EQ(pool_.outstanding(), 0u);
}

TEST_F(VideoJitterBufferTest, PaddingFillsItsPlaceAndNoMore) {
  Sender sender(6);
  VideoJitterBuffer buffer(noDelay());
  Bytes wanted[2];
  deliver(buffer, at(0), sender.frame(true, 2000, &wanted[0]));
  for (int i = 0; i < 5; ++i) deliverPadding(buffer, at(1), sender.takeSequence(), sender.timestamp() - 3000);
  deliver(buffer, at(33), sender.frame(false, 2000, &wanted[1]));
  for (const Bytes& want : wanted) {
    ASSERT_TRUE(buffer.pop(at(33), frame_));
    EXPECT_EQ(frame_.data, want);
  }
  deliverPadding(buffer, at(34), sender.takeSequence(), 0);
  EXPECT_FALSE(buffer.pop(at(1000), frame_));
  EXPECT_EQ(buffer.heldBytes(), 0u);
}

TEST_F(VideoJitterBufferTest, ANewTimestampEndsAFrameWithoutItsMarker) {
  Sender sender(7);
  VideoJitterBuffer buffer(noDelay());
  Bytes key;
  auto packets = sender.frame(true, 3000, &key);
  packets.back().marker = false;
  deliver(buffer, at(0), packets);
  EXPECT_FALSE(buffer.pop(at(0), frame_));
  deliver(buffer, at(33), sender.frame(false, 500));
  ASSERT_TRUE(buffer.pop(at(33), frame_));
  EXPECT_EQ(frame_.data, key);
  ASSERT_TRUE(buffer.pop(at(33), frame_));
}

TEST_F(VideoJitterBufferTest, AFrameWithoutAStartIsNotGivenOut) {
  Sender sender(8);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 500));
  auto headless = sender.frame(false, 3000);
  headless[0].payload[0] = static_cast<uint8_t>(headless[0].payload[0] & ~0x10);  // no S bit
  deliver(buffer, at(1), headless);
  ASSERT_TRUE(buffer.pop(at(1), frame_));
  EXPECT_FALSE(buffer.pop(at(1), frame_));
  EXPECT_TRUE(buffer.needsKeyFrame());
}

// LIMITS B07: a frame.
TEST_F(VideoJitterBufferTest, AFrameIsBounded) {
  VideoJitterBuffer::Config config = noDelay();
  config.maxFrameBytes = 5000;
  for (const size_t size : {5000u, 5001u}) {
    Sender sender(9);
    VideoJitterBuffer buffer(config);
    deliver(buffer, at(0), sender.frame(true, size));
    EXPECT_EQ(buffer.pop(at(0), frame_), size == 5000) << size;
    EXPECT_EQ(buffer.needsKeyFrame(), size != 5000);
    EXPECT_EQ(buffer.stats().overflows, size == 5000 ? 0u : 1u);
  }
}

// LIMITS B07: 16 MiB a stream, whatever comes: a hole at the front and no end of packets behind it.
TEST_F(VideoJitterBufferTest, AStreamIsBounded) {
  for (const bool keysOnly : {false, true}) {
    VideoJitterBuffer::Config config = noDelay();
    config.maxStreamBytes = 256 * PacketBuffer::kCapacity;
    config.minWait = config.maxWait = config.skipToKeyFrameAfter = Duration::seconds(1000);
    Sender sender(10);
    VideoJitterBuffer buffer(config);
    deliver(buffer, at(0), sender.frame(true, 500));
    ASSERT_TRUE(buffer.pop(at(0), frame_));
    sender.skip(1);
    for (int i = 0; i < 700; ++i) {
      deliver(buffer, at(i), sender.frame(keysOnly, 2000));
      ASSERT_LE(buffer.heldBytes(), config.maxStreamBytes);
      ASSERT_EQ(buffer.heldBytes(), pool_.outstanding() * PacketBuffer::kCapacity);
    }
    EXPECT_GT(buffer.stats().overflows, 0u);
    EXPECT_EQ(buffer.needsKeyFrame(), !keysOnly);
  }
  EXPECT_EQ(pool_.outstanding(), 0u);
}

TEST_F(VideoJitterBufferTest, KeepsLittleWhileItWaitsForAKeyFrame) {
  Sender sender(11);
  VideoJitterBuffer buffer(noDelay());
  for (int i = 0; i < 5000; ++i) {
    deliver(buffer, at(0), sender.frame(false, 100));
    ASSERT_LE(buffer.heldBytes(), 1100 * PacketBuffer::kCapacity);
  }
  deliver(buffer, at(5000), sender.frame(false, 100));
  EXPECT_LE(buffer.heldBytes(), 2 * PacketBuffer::kCapacity) << "what is a second old is gone";
}

TEST_F(VideoJitterBufferTest, ANewSequenceIsBelievedAtItsSecondPacket) {
  Sender sender(12, 100), anew(13, 40000, 0x12345678);
  VideoJitterBuffer buffer(noDelay());
  deliver(buffer, at(0), sender.frame(true, 500));
  ASSERT_TRUE(buffer.pop(at(0), frame_));
  Sender stray(14, 30000);
  deliver(buffer, at(1), stray.frame(true, 500));
  Bytes delta;
  deliver(buffer, at(2), sender.frame(false, 500, &delta));
  ASSERT_TRUE(buffer.pop(at(2), frame_));
  EXPECT_EQ(frame_.data, delta) << "a stray packet changes nothing";
  deliver(buffer, at(3), anew.frame(false, 500));
  Bytes key;
  deliver(buffer, at(4), anew.frame(true, 500, &key));
  ASSERT_TRUE(buffer.pop(at(4), frame_));
  EXPECT_EQ(frame_.data, key);
  EXPECT_EQ(buffer.stats().resets, 1u);
}

TEST_F(VideoJitterBufferTest, CountsDuplicates) {
  Sender sender(15);
  VideoJitterBuffer buffer(noDelay());
  const auto packets = sender.frame(true, 3000);
  deliver(buffer, at(0), packets[0]);
  deliver(buffer, at(0), packets[0]);
  EXPECT_EQ(buffer.stats().duplicates, 1u);
  EXPECT_EQ(pool_.outstanding(), 1u);
}

TEST_F(VideoJitterBufferTest, PacesFramesEvenlyBehindTheirJitter) {
  SeededRandom random(16);
  Sender sender(16, 65000, 0xffff0000);
  VideoJitterBuffer buffer;
  std::multimap<int64_t, std::vector<Sender::Sent>> arrivals;
  for (int64_t i = 0; i < 900; ++i) {
    const int64_t sent = i * 100 / 3;
    arrivals.emplace(sent + static_cast<int64_t>(random.below(60)), sender.frame(i == 0, 800));
  }
  int late = 0, settled = 0;
  TimePoint last;
  for (int64_t ms = 0; ms < 31000; ++ms) {
    for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it) deliver(buffer, at(ms), it->second);
    while (buffer.pop(at(ms), frame_)) {
      if (ms > 5000) {
        ++settled;
        const int64_t between = (at(ms) - last).micros();
        if (between < 25'000 || between > 42'000) ++late;
      }
      last = at(ms);
    }
    ASSERT_TRUE(buffer.nextTimeout() > at(ms)) << "a deadline that has passed would spin";
  }
  EXPECT_EQ(buffer.stats().framesOut, 900u);
  EXPECT_GT(settled, 700);
  EXPECT_LT(late, settled / 8) << "of arrivals spread over 60 ms, few leave unevenly";
  EXPECT_GE(buffer.targetDelay(), Duration::millis(40));
  EXPECT_LE(buffer.targetDelay(), Duration::millis(80));
}

TEST_F(VideoJitterBufferTest, AnExtraDelayComesOnTopAndIsMeasured) {
  SeededRandom random(18);
  Sender sender(18);
  VideoJitterBuffer buffer;
  std::multimap<int64_t, std::vector<Sender::Sent>> arrivals;
  for (int64_t i = 0; i < 600; ++i) {
    arrivals.emplace(i * 100 / 3 + static_cast<int64_t>(random.below(50)), sender.frame(i == 0, 800));
  }
  for (int64_t ms = 0; ms < 21'000; ++ms) {
    if (ms == 8'000) buffer.setExtraDelay(Duration::millis(300));
    if (ms == 14'000) buffer.setExtraDelay(Duration::millis(-5));
    for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it) deliver(buffer, at(ms), it->second);
    while (buffer.pop(at(ms), frame_)) {
    }
    if (ms % 500 != 499) continue;
    const auto played = buffer.takePlayed();
    EXPECT_FALSE(buffer.takePlayed());
    if (!played) continue;
    const int64_t delay = (played->at - at(0)).millis() - played->timestamp / 90;
    if (ms < 3'000 || ms / 1000 == 8 || ms / 1000 == 14) continue;  // not learnt yet, or under way
    const int64_t extra = ms >= 8'000 && ms < 14'000 ? 300 : 0;
    EXPECT_NEAR(static_cast<double>(played->reached.micros()), static_cast<double>(extra * 1000), 5'000) << ms;
    EXPECT_NEAR(static_cast<double>(delay), static_cast<double>(50 + extra), 20) << ms;
  }
  EXPECT_EQ(buffer.stats().framesOut, 600u);
}

TEST_F(VideoJitterBufferTest, TimestampsThatLieHoldNoFrameForLong) {
  SeededRandom random(17);
  Sender sender(17);
  VideoJitterBuffer buffer;
  for (int64_t i = 0; i < 500; ++i) {
    auto packets = sender.frame(true, 100);
    for (auto& packet : packets) packet.timestamp = random.u32();
    deliver(buffer, at(i * 1000), packets);
    ASSERT_TRUE(buffer.pop(at(i * 1000 + 500), frame_)) << i;
  }
}

constexpr int kFrames = 200;

struct Network {
  int lossPercent, resendPercent, reorderMillis, duplicatePercent;
};

// Every frame all of whose packets came is given out once, in order and byte by byte the same; nothing else is.
TEST_F(VideoJitterBufferTest, PropertyFramesThatCameAreGivenOutOnce) {
  for (const Network& network : {Network{0, 0, 0, 0}, Network{0, 0, 30, 10}, Network{5, 100, 20, 5},
                                 Network{10, 100, 0, 0}, Network{2, 0, 10, 2}, Network{20, 90, 10, 3}}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      SeededRandom random(seed * 1000 + static_cast<uint64_t>(network.lossPercent));
      Sender sender(seed, static_cast<uint16_t>(65000 + seed * 100), 0xfff00000u);
      VideoJitterBuffer::Config config;
      config.maxDelay = Duration::millis(seed % 2 ? 500 : 0);
      config.skipToKeyFrameAfter = Duration::millis(250);  // beyond what the network below delays
      VideoJitterBuffer buffer(config);
      std::map<uint32_t, Bytes> sent;
      std::map<uint32_t, bool> key, whole;
      std::multimap<int64_t, Sender::Sent> arrivals;
      for (int64_t i = 0; i < kFrames; ++i) {
        const uint32_t timestamp = sender.timestamp();
        key[timestamp] = i % 50 == 0;
        whole[timestamp] = true;
        for (auto& packet : sender.frame(i % 50 == 0, 10 + random.below(6000), &sent[timestamp])) {
          int64_t arrival =
              i * 33 + static_cast<int64_t>(random.below(static_cast<uint64_t>(network.reorderMillis) + 1));
          if (static_cast<int>(random.below(100)) < network.lossPercent) {
            arrival += 100;  // comes again, or never
            if (static_cast<int>(random.below(100)) >= network.resendPercent) {
              whole[timestamp] = false;
              continue;
            }
          }
          if (static_cast<int>(random.below(100)) < network.duplicatePercent) arrivals.emplace(arrival + 7, packet);
          arrivals.emplace(arrival, std::move(packet));
        }
      }
      std::map<uint32_t, int> out;
      int64_t lastIndex = -1;
      for (int64_t ms = 0; ms < kFrames * 33 + 1500; ++ms) {
        for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it) deliver(buffer, at(ms), it->second);
        while (buffer.pop(at(ms), frame_)) {
          const int64_t index = static_cast<uint32_t>(frame_.rtpTimestamp - 0xfff00000u) / 3000;
          EXPECT_GT(index, lastIndex);
          const bool follows = index == lastIndex + 1;
          EXPECT_TRUE(follows || frame_.keyFrame) << "a delta whose predecessor was not given out";
          lastIndex = index;
          ++out[frame_.rtpTimestamp];
          ASSERT_TRUE(sent.count(frame_.rtpTimestamp));
          ASSERT_EQ(frame_.data, sent[frame_.rtpTimestamp]);
          EXPECT_EQ(frame_.keyFrame, key[frame_.rtpTimestamp]);
        }
        ASSERT_TRUE(buffer.nextTimeout() > at(ms));
      }
      // Decodable: a keyframe that came whole, and the whole frames that follow it without a break.
      bool decodable = false;
      size_t expected = 0;
      for (uint32_t i = 0; i < uint32_t{kFrames}; ++i) {
        const uint32_t timestamp = 0xfff00000u + i * 3000;
        decodable = whole[timestamp] && (decodable || key[timestamp]);
        if (decodable) {
          ++expected;
          EXPECT_EQ(out[timestamp], 1) << "seed " << seed << " loss " << network.lossPercent << " frame " << i;
        } else {
          EXPECT_EQ(out[timestamp], 0) << "seed " << seed << " frame " << i;
        }
      }
      EXPECT_GT(expected, 0u);
      EXPECT_EQ(buffer.stats().framesOut, expected);
    }
  }
  EXPECT_EQ(pool_.outstanding(), 0u);
}

}  // namespace
}  // namespace tincan::inline v0::media

// One SSRC that we hear: counted, asked for, repaired.
#include "session/inbound_stream.h"

#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

using rtp::rtcp::Nack;
using rtp::rtcp::Pli;

class InboundStreamTest : public ::testing::Test {
 protected:
  InboundStreamTest() { ids_.add(extensionMap()); }
  bool receive(uint16_t sequence, bool recovered = false) {
    Written written;
    written.ssrc = 10;
    written.sequence = sequence;
    rtp::ReceivedPacket packet;
    EXPECT_TRUE(rtp::ReceivedPacket::parse(now_, {}, written.in(pool_), ids_, packet));
    packet.recovered = recovered;
    return stream_.receive(packet);
  }
  std::vector<rtp::rtcp::Packet> feedback() {
    std::vector<rtp::rtcp::Packet> out;
    if (stream_.nextTimeout() <= now_) stream_.takeFeedback(now_, Ssrc(99), out);
    return out;
  }
  /// One is wanted all that time.
  size_t keyFramesAskedForInASecond() {
    size_t asked = 0;
    for (int i = 0; i < 100; ++i) {
      stream_.requestKeyFrame();
      for (const auto& packet : feedback()) asked += std::holds_alternative<Pli>(packet) ? 1 : 0;
      now_ = now_ + Duration::millis(10);
    }
    return asked;
  }
  static InboundStream::Config config() {
    InboundStream::Config out;
    out.ssrc = Ssrc(10);
    out.mid = "1";
    out.nack = true;
    return out;
  }

  PacketPool pool_;
  rtp::ExtensionIds ids_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  InboundStream stream_{config()};
};

TEST_F(InboundStreamTest, AsksForWhatIsMissingAndKnowsItWhenItComes) {
  EXPECT_TRUE(receive(1));
  EXPECT_TRUE(receive(4));
  now_ = now_ + Duration::millis(20);
  const auto asked = feedback();
  ASSERT_EQ(asked.size(), 1u);
  const auto* nack = std::get_if<Nack>(&asked[0]);
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->sender, Ssrc(99));
  EXPECT_EQ(nack->media, Ssrc(10));
  EXPECT_EQ(nack->sequenceNumbers, (std::vector<uint16_t>{2, 3}));
  EXPECT_TRUE(receive(2, true));
  EXPECT_FALSE(receive(2, true)) << "the same again";
  EXPECT_FALSE(receive(4)) << "the same again";
  EXPECT_EQ(stream_.retransmittedPackets(), 2u);
  EXPECT_EQ(stream_.statistics().packetsReceived(), 3u) << "RFC 4588 §5.2: what came, as it came";
  EXPECT_EQ(stream_.nackCount(), 1u);
}

// Whoever knows frames says what is wanted no more.
TEST_F(InboundStreamTest, NothingIsAskedForBeforeAKeyFrameOrWhatWasPlayed) {
  EXPECT_TRUE(receive(1));
  EXPECT_TRUE(receive(4));
  stream_.keyFrameBegins(4);
  EXPECT_TRUE(receive(7));
  now_ = now_ + Duration::millis(20);
  const auto asked = feedback();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(std::get<Nack>(asked[0]).sequenceNumbers, (std::vector<uint16_t>{5, 6}));
  stream_.played(7);
  now_ = now_ + Duration::seconds(1);
  EXPECT_TRUE(feedback().empty());
}

TEST_F(InboundStreamTest, WhoSortsByHimselfGetsWhatIsOldToo) {
  auto passing = config();
  passing.passOld = true;
  stream_ = InboundStream(passing);
  EXPECT_TRUE(receive(5));
  EXPECT_TRUE(receive(4)) << "from before the first";
  EXPECT_TRUE(receive(5)) << "the same again";
}

TEST_F(InboundStreamTest, KeyFrameRequestsAreSpaced) {
  receive(1);
  EXPECT_EQ(keyFramesAskedForInASecond(), 5u) << "one each 200 ms";
  stream_.requestKeyFrame();
  stream_.keyFrameArrived();
  EXPECT_TRUE(stream_.nextTimeout().isNever());
}

// What is sent again waits behind all that waits: who asks again sooner gets it twice, and the queue stays full.
TEST_F(InboundStreamTest, AsksAgainWhenTheRepairCouldBeThere) {
  for (const auto& [wait, apart] : {std::pair{0, 50}, {300, 350}}) {
    stream_ = InboundStream(config());
    stream_.setRoundTripTime(Duration::millis(40));
    stream_.setPathDelay(Duration::millis(wait));
    EXPECT_EQ(stream_.repairTime(), Duration::millis(40 + wait));
    receive(1);
    receive(3);
    std::vector<TimePoint> asked;
    for (int i = 0; i < 1000 && asked.size() < 2; ++i) {
      now_ += Duration::millis(1);
      if (!feedback().empty()) asked.push_back(now_);
    }
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_NEAR(static_cast<double>((asked[1] - asked[0]).millis()), apart, 2);
  }
  // A report that was made while the queue was full knows of it already.
  stream_.setRoundTripTime(Duration::millis(330));
  EXPECT_EQ(stream_.repairTime(), Duration::millis(340));
  stream_.setPathDelay(Duration::zero());
  EXPECT_EQ(stream_.repairTime(), Duration::millis(330));
}

TEST_F(InboundStreamTest, AKeyFrameIsAskedForAgainWhenItCouldBeThere) {
  stream_.setRoundTripTime(Duration::millis(40));
  stream_.setPathDelay(Duration::millis(460));
  receive(1);
  EXPECT_EQ(keyFramesAskedForInASecond(), 2u) << "one each 500 ms";
  stream_ = InboundStream(config());
  stream_.setRoundTripTime(Duration::millis(40));
  stream_.setKeyFrameTime(Duration::millis(360));
  receive(1);
  EXPECT_EQ(keyFramesAskedForInASecond(), 3u) << "one each 400 ms";
}

// RFC 5104 §4.3.1.1: under the same number it would be the same request, and the key frame may have been lost.
TEST_F(InboundStreamTest, EachFullIntraRequestHasItsNumber) {
  stream_.setFeedback(true, KeyFrameRequest::kFir);
  std::vector<uint8_t> numbers;
  for (int i = 0; i < 300; ++i) {
    stream_.requestKeyFrame();
    for (const auto& packet : feedback()) {
      const auto& fir = std::get<rtp::rtcp::Fir>(packet);
      EXPECT_EQ(fir.sender, Ssrc(99));
      ASSERT_EQ(fir.entries.size(), 1u);
      EXPECT_EQ(fir.entries[0].ssrc, Ssrc(10));
      numbers.push_back(fir.entries[0].sequenceNumber);
    }
    stream_.keyFrameArrived();
    now_ = now_ + Duration::seconds(1);
  }
  ASSERT_EQ(numbers.size(), 300u);
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i % 256);
  EXPECT_EQ(stream_.firCount(), 300u);
  EXPECT_EQ(stream_.pliCount(), 0u);
}

TEST_F(InboundStreamTest, OneThatWasSupersededIsNotRepaired) {
  receive(1);
  receive(5);
  stream_.requestKeyFrame();
  stream_.setSuperseded();
  receive(9);
  now_ = now_ + Duration::seconds(1);
  EXPECT_TRUE(feedback().empty());
}

TEST_F(InboundStreamTest, AGoodbyeHoldsUntilTheNextPacket) {
  EXPECT_FALSE(stream_.heardSince(TimePoint()));
  receive(1);
  EXPECT_TRUE(stream_.heardSince(now_));
  stream_.goodbye();
  EXPECT_FALSE(stream_.heardSince(now_));
  receive(2);
  EXPECT_TRUE(stream_.isHeard());
}

}  // namespace
}  // namespace tincan::inline v0::session

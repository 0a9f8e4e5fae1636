#include "rtp/congestion/ecn_path.h"

#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0::rtp {
namespace {

constexpr Ecn kLost = Ecn::kNotCapable;

class EcnPathTest : public ::testing::Test {
 protected:
  void report(int packets, Ecn sent, Ecn seen, bool lost = false) {
    std::vector<PacketResult> results;
    for (int i = 0; i < packets; ++i) {
      PacketResult result;
      result.sent.ecn = sent;
      result.ecn = seen;
      if (!lost) result.receivedAt = TimePoint::fromMicros(1);
      results.push_back(result);
    }
    FeedbackReport report;
    report.results = results;
    path_.onReport(report);
  }
  EcnPath path_;
};

TEST_F(EcnPathTest, AMarkThatComesThroughIsEnough) {
  report(9, Ecn::kCapable1, Ecn::kNotCapable);
  EXPECT_EQ(path_.state(), EcnPath::State::kTesting);
  report(1, Ecn::kCapable1, Ecn::kCongested);
  EXPECT_EQ(path_.state(), EcnPath::State::kCapable);
  report(1000, Ecn::kCapable1, Ecn::kCapable1);
  EXPECT_TRUE(path_.mayMark());
}

TEST_F(EcnPathTest, BleachedMarksAreFoundOutByTenPackets) {
  for (const Ecn seen : {Ecn::kNotCapable, Ecn::kCapable0}) {
    path_.reset();
    report(9, Ecn::kCapable1, seen);
    EXPECT_TRUE(path_.mayMark());
    report(1, Ecn::kCapable1, seen);
    EXPECT_FALSE(path_.mayMark());
    report(100, Ecn::kCapable1, Ecn::kCapable1);
    EXPECT_FALSE(path_.mayMark()) << "until there is another route";
  }
}

TEST_F(EcnPathTest, ARouterThatDropsWhatIsMarkedIsGivenPlainPackets) {
  report(10, Ecn::kCapable1, kLost, true);
  EXPECT_FALSE(path_.mayMark());
  path_.reset();
  // Losses among what arrives are losses.
  report(5, Ecn::kCapable1, kLost, true);
  report(1, Ecn::kCapable1, Ecn::kCapable1);
  report(500, Ecn::kCapable1, kLost, true);
  EXPECT_TRUE(path_.mayMark());
}

TEST_F(EcnPathTest, OneThatTurnsBadLaterIsFoundOutToo) {
  report(200, Ecn::kCapable1, Ecn::kCapable1);
  report(40, Ecn::kCapable1, Ecn::kNotCapable);
  EXPECT_TRUE(path_.mayMark());
  report(100, Ecn::kCapable1, Ecn::kNotCapable);
  EXPECT_FALSE(path_.mayMark());
}

TEST_F(EcnPathTest, PlainPacketsSayNothing) {
  report(100, Ecn::kNotCapable, Ecn::kNotCapable);
  report(100, Ecn::kNotCapable, kLost, true);
  EXPECT_EQ(path_.state(), EcnPath::State::kTesting);
}

}  // namespace
}  // namespace tincan::inline v0::rtp

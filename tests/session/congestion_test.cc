#include "session/congestion.h"

#include <vector>

#include <gtest/gtest.h>

#include "rtp/congestion/delay_loss_controller.h"
#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

/// Asks for one cluster at the start, and notes what it is told.
class Curious final : public rtp::RateController {
 public:
  struct Seen {
    std::vector<rtp::SentPacket> sent;
    std::vector<rtp::PacketResult> reported;
    int reports = 0;
  };
  explicit Curious(Seen& seen) : seen_(seen) {}
  void onSent(const rtp::SentPacket& packet) override { seen_.sent.push_back(packet); }
  void onFeedback(const rtp::FeedbackReport& report) override {
    ++seen_.reports;
    seen_.reported.insert(seen_.reported.end(), report.results.begin(), report.results.end());
  }
  void onRoundTripTime(TimePoint, Duration) override {}
  void onLossReport(TimePoint, double) override {}
  void onRemb(TimePoint, uint64_t) override {}
  void onRouteChange(TimePoint) override {}
  void setLimits(TimePoint, const rtp::RateLimits&, uint64_t) override {}
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  rtp::RateTarget target() const override {
    rtp::RateTarget out;
    out.estimate = out.bitrate = out.pacingRate = 1'000'000;
    return out;
  }
  bool pollProbe(rtp::ProbeCluster& out) override {
    if (probed_) return false;
    probed_ = true;
    out.id = 3;
    out.rate = 2'000'000;
    return true;
  }

 private:
  Seen& seen_;
  bool probed_ = false;
};

class CongestionTest : public ::testing::Test {
 protected:
  CongestionTest() : congestion_(std::make_unique<Curious>(seen_), end_.session.queue()) {
    end_.session.setObserver(&congestion_);
    end_.session.setSections({pictureSection("1")});
    stream_ = &end_.session.add(pictureStream(10));
  }
  ~CongestionTest() override { end_.session.setObserver(nullptr); }
  void send(size_t size) {
    PacketBuffer payload = end_.pool.allocate();
    ASSERT_TRUE(payload.resize(size));
    ASSERT_TRUE(stream_->add(now_, std::move(payload), true, 0));
  }
  void run(Duration time) {
    for (const TimePoint end = now_ + time; now_ < end; now_ += Duration::millis(1)) end_.session.flush(now_);
  }
  Curious::Seen seen_;
  End end_{1};
  Congestion congestion_;
  OutboundStream* stream_ = nullptr;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

TEST_F(CongestionTest, ProbesWithWhatThereIsAndWithPaddingOfTheRepairs) {
  congestion_.setLimits(now_, {}, 0);  // asks the controller
  run(Duration::millis(20));
  EXPECT_TRUE(seen_.sent.empty()) << "no padding before there is something to send";
  send(1000);
  run(Duration::millis(100));
  size_t bytes = 0, padding = 0, beyond = 0;
  for (const rtp::SentPacket& packet : seen_.sent) {
    beyond += packet.probeCluster == 3 ? 0 : 1;
    bytes += packet.size;
    padding += packet.kind == rtp::SentPacket::Kind::kPadding ? 1 : 0;
    EXPECT_EQ(packet.ssrc, packet.kind == rtp::SentPacket::Kind::kPadding ? Ssrc(1010) : Ssrc(10));
  }
  EXPECT_LE(beyond, 2u) << "what was asked for at once, and the cluster did not need any more";
  EXPECT_GE(padding, 4u);
  EXPECT_GE(bytes, 7500u);  // 30 ms at 2 Mb/s
  EXPECT_LE(bytes, 11'000u);
  const size_t before = seen_.sent.size();
  run(Duration::millis(200));
  EXPECT_EQ(seen_.sent.size(), before);
}

// What was sent already is of more use than nothing: where it was lost, the probe has repaired it.
TEST_F(CongestionTest, ProbesRepeatWhatWasSent) {
  end_.session.queue().setPacingRate(1'000'000);
  send(600);
  send(700);
  run(Duration::millis(20));
  const size_t before = seen_.sent.size();
  congestion_.setLimits(now_, {}, 0);  // asks the controller
  send(200);                           // a cluster begins with something
  run(Duration::millis(100));
  int repeated = 0, padding = 0;
  for (size_t i = before; i < seen_.sent.size(); ++i) {
    if (seen_.sent[i].kind == rtp::SentPacket::Kind::kPadding) seen_.sent[i].size > 600 ? ++repeated : ++padding;
  }
  EXPECT_EQ(repeated, 2) << "each once";
  EXPECT_GE(padding, 4);
  EXPECT_EQ(stream_->repairs().resent, 0u) << "nobody has asked for them";
}

TEST_F(CongestionTest, JoinsTheReportsOfACompound) {
  for (int i = 0; i < 6; ++i) {
    send(500);
    run(Duration::millis(10));
  }
  ASSERT_EQ(seen_.sent.size(), 6u);
  rtp::TransportFeedbackCollector collector(Ssrc(1));
  const auto first = static_cast<uint16_t>(seen_.sent.front().number);
  for (uint16_t i = 0; i < 6; ++i) {
    if (i != 2) collector.onPacket(static_cast<uint16_t>(first + i), now_ + Duration::millis(i), Ssrc(10));
  }
  const auto report = collector.build();
  ASSERT_TRUE(report);
  congestion_.onTransportFeedback(now_, *report);
  EXPECT_EQ(seen_.reports, 0);
  congestion_.settle(now_);
  congestion_.settle(now_);
  EXPECT_EQ(seen_.reports, 1);
  ASSERT_EQ(seen_.reported.size(), 6u);
  EXPECT_TRUE(seen_.reported[2].lost());
  EXPECT_FALSE(seen_.reported[5].lost());
  EXPECT_EQ(seen_.reported[0].sent.size, seen_.sent[0].size);
  EXPECT_GE(seen_.sent[0].size, 500u + 12 + Congestion::kOverhead);
}

TEST_F(CongestionTest, CountsWhatRepairsTake) {
  send(1000);
  run(Duration::millis(10));
  const uint16_t number = seen_.sent.front().sequence;
  end_.session.queue().repairs().setLineRate(1'000'000);
  for (int i = 0; i < 10; ++i) {
    now_ += Duration::millis(60);
    stream_->handleNack(now_, {Ssrc(1), Ssrc(10), {number}});
    run(Duration::millis(5));
  }
  congestion_.setLimits(now_, {}, 0);
  EXPECT_GT(congestion_.repairRate(), 10'000u);
}

}  // namespace
}  // namespace tincan::inline v0::session

// Calls of two PeerConnections over lines of all kinds: what the encoders make follows what the line carries.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::sim {
namespace {

/// A sends a camera and sound to B over a line with a queue of 300 ms, 25 ms away.
struct LineCall {
  struct Setup {
    int64_t line = 1'000'000;
    double loss = 0;
    uint32_t videoBitrate = 2'500'000;
    int width = 640, height = 480;
    stack::CongestionSettings congestion{};
  };

  explicit LineCall(const Setup& setup, uint64_t seed = 5)
      : world(seed),
        hostA(world.addHost("a", "203.0.113.1")),
        a(world, hostA, configuration("a", setup)),
        b(world, world.addHost("b", "203.0.113.2"), configuration("b", setup)) {
    trickle(a, b);
    trickle(b, a);
    media::VideoConstraints camera;
    camera.width = setup.width;
    camera.height = setup.height;
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = camera;
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    for (const auto& track : a.stream->getTracks()) EXPECT_TRUE(a.pc->addTrack(track, a.stream).ok());
    setLine(setup.line);
    hostA.up.config.delay = Duration::millis(25);
    hostA.up.config.queue = Duration::millis(300);
    signal(a, b);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    hostA.up.config.loss = setup.loss;
  }
  static stack::RTCConfiguration configuration(const char* name, const Setup& setup) {
    stack::RTCConfiguration out;
    out.certificates = {fixedIdentity(name)};
    out.videoBitrate = setup.videoBitrate;
    out.congestion = setup.congestion;
    return out;
  }
  void setLine(int64_t bitsPerSecond) { hostA.up.config.bitsPerSecond = bitsPerSecond; }
  stack::RTCOutboundRtpStreamStats sent() const {
    for (const auto& stats : a.pc->getStats().outboundRtp) {
      if (stats.kind == "video") return stats;
    }
    return {};
  }
  stack::RTCInboundRtpStreamStats seen() const {
    for (const auto& stats : b.pc->getStats().inboundRtp) {
      if (stats.kind == "video") return stats;
    }
    return {};
  }
  double estimate() const {
    const auto stats = a.pc->getStats();
    const auto* pair = stats.selectedPair();
    return pair ? static_cast<double>(pair->availableOutgoingBitrate) : 0;
  }

  struct Watched {
    double framesPerSecond = 0, rate = 0;  // of payload
    Duration longestFreeze;
    uint64_t queueDrops = 0;
  };
  /// What B sees in this time.
  Watched watch(Duration time) {
    Watched out;
    const auto before = seen();
    const uint64_t drops = hostA.up.stats().queueDrops;
    uint64_t frames = before.framesDecoded;
    TimePoint last = world.now();
    for (const TimePoint end = world.now() + time; world.now() < end;) {
      world.runFor(Duration::millis(20));
      const uint64_t now = seen().framesDecoded;
      if (now > frames) {
        out.longestFreeze = std::max(out.longestFreeze, world.now() - last);
        frames = now;
        last = world.now();
      }
    }
    out.longestFreeze = std::max(out.longestFreeze, world.now() - last);
    const auto after = seen();
    out.framesPerSecond = static_cast<double>(after.framesDecoded - before.framesDecoded) / time.toSeconds();
    out.rate = static_cast<double>(after.bytesReceived - before.bytesReceived) * 8 / time.toSeconds();
    out.queueDrops = hostA.up.stats().queueDrops - drops;
    return out;
  }

  World world;
  Host& hostA;
  Peer a, b;
};

void print(const char* name, const LineCall::Watched& watched, const LineCall& call) {
  const auto sent = call.sent();
  std::printf(
      "%-10s %.1f frames/s, %.0f kb/s of pictures, longest freeze %lld ms, %llu lost in the queue; estimate %.0f kb/s, "
      "%ux%u, limited by %s\n",
      name, watched.framesPerSecond, watched.rate / 1000, static_cast<long long>(watched.longestFreeze.millis()),
      static_cast<unsigned long long>(watched.queueDrops), call.estimate() / 1000, sent.frameWidth, sent.frameHeight,
      sent.qualityLimitationReason.c_str());
}

TEST(CongestionInCalls, ALineOfHalfAMegabitShowsAllPictures) {
  LineCall call({.line = 500'000});
  const auto start = call.watch(Duration::seconds(5));
  print("500k start", start, call);
  const auto watched = call.watch(Duration::seconds(15));
  print("500k", watched, call);
  EXPECT_GE(start.framesPerSecond, 24);
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_LE(watched.longestFreeze, Duration::millis(400));
  EXPECT_GE(watched.rate, 300'000);
  EXPECT_LE(watched.queueDrops, 5u);
  EXPECT_EQ(call.sent().qualityLimitationReason, "bandwidth");
  EXPECT_GT(call.sent().qualityLimitationDurations["bandwidth"], 10);
}

TEST(CongestionInCalls, ALineOfAMegabitIsUsed) {
  LineCall call({.line = 1'000'000});
  call.watch(Duration::seconds(5));
  const auto watched = call.watch(Duration::seconds(15));
  print("1M", watched, call);
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_GE(watched.rate, 700'000);
  EXPECT_LE(watched.longestFreeze, Duration::millis(300));
}

TEST(CongestionInCalls, AFastLineIsFoundInTwoSecondsAndFilledNoFurtherThanWanted) {
  LineCall call({.line = 5'000'000});
  call.watch(Duration::seconds(2));
  EXPECT_GE(call.sent().targetBitrate, 2'000'000u);
  const auto watched = call.watch(Duration::seconds(10));
  print("5M", watched, call);
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_LE(watched.longestFreeze, Duration::millis(150));
  EXPECT_LE(watched.rate, 3'000'000);
  EXPECT_EQ(watched.queueDrops, 0u);
  EXPECT_EQ(call.sent().qualityLimitationReason, "none");
}

TEST(CongestionInCalls, FollowsAStepDownAndUp) {
  LineCall call({.line = 3'000'000});
  call.watch(Duration::seconds(8));
  call.setLine(600'000);
  const auto drop = call.watch(Duration::seconds(5));
  print("3M to 0.6M", drop, call);
  const auto low = call.watch(Duration::seconds(10));
  print("0.6M", low, call);
  EXPECT_GE(low.framesPerSecond, 28);
  EXPECT_LE(drop.longestFreeze, Duration::millis(1500));
  call.setLine(3'000'000);
  call.watch(Duration::seconds(10));
  EXPECT_GE(call.sent().targetBitrate, 1'800'000u);
}

TEST(CongestionInCalls, RandomLossIsNotTakenForAFullLine) {
  LineCall call({.line = 2'000'000, .loss = 0.05});
  call.watch(Duration::seconds(5));
  const auto watched = call.watch(Duration::seconds(15));
  print("2M, 5 %", watched, call);
  EXPECT_GE(watched.framesPerSecond, 25);
  EXPECT_GE(watched.rate, 900'000);
}

TEST(CongestionInCalls, ALargePictureIsMadeSmallerWhereTheRateIsTooLow) {
  LineCall call({.line = 300'000, .width = 1280, .height = 720});
  call.watch(Duration::seconds(10));
  const auto watched = call.watch(Duration::seconds(10));
  print("300k, 720p", watched, call);
  const auto sent = call.sent();
  EXPECT_LT(sent.frameWidth, 800u);
  EXPECT_EQ(sent.frameWidth * 9, sent.frameHeight * 16);
  EXPECT_GE(watched.framesPerSecond, 25);
  EXPECT_EQ(sent.qualityLimitationReason, "bandwidth");
}

TEST(CongestionInCalls, KeepsToTheLimitsThatAreConfigured) {
  LineCall call({.line = 5'000'000, .congestion = {.startBitrate = 500'000, .maxBitrate = 700'000}});
  EXPECT_LE(call.sent().targetBitrate, 700'000u);
  const auto watched = call.watch(Duration::seconds(6));
  print("700k most", watched, call);
  EXPECT_EQ(call.estimate(), 700'000);
  LineCall fixed(
      {.line = 5'000'000,
       .congestion = {.controller = stack::CongestionSettings::Controller::kFixed, .startBitrate = 900'000}});
  fixed.watch(Duration::seconds(3));
  EXPECT_EQ(fixed.estimate(), 900'000);
}

/// The application's own: as it wants.
class Stubborn final : public rtp::RateController {
 public:
  explicit Stubborn(int& reports) : reports_(reports) {}
  void onSent(const rtp::SentPacket&) override {}
  void onFeedback(const rtp::FeedbackReport&) override { ++reports_; }
  void onRoundTripTime(TimePoint, Duration) override {}
  void onLossReport(TimePoint, double) override {}
  void onRemb(TimePoint, uint64_t) override {}
  void onRouteChange(TimePoint) override {}
  void setLimits(TimePoint, const rtp::RateLimits&, uint64_t) override {}
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  rtp::RateTarget target() const override {
    rtp::RateTarget out;
    out.estimate = out.bitrate = 444'000;
    out.pacingRate = 1'000'000;
    return out;
  }
  bool pollProbe(rtp::ProbeCluster&) override { return false; }

 private:
  int& reports_;
};

TEST(CongestionInCalls, TakesTheApplicationsOwnController) {
  int reports = 0;
  stack::CongestionSettings own;
  own.make = [&](const rtp::RateLimits&) { return std::make_unique<Stubborn>(reports); };
  LineCall call({.line = 5'000'000, .congestion = own});
  call.watch(Duration::seconds(2));
  EXPECT_EQ(call.estimate(), 444'000);
  EXPECT_GT(reports, 10);
}

TEST(CongestionInCalls, TheSameSeedGivesTheSameCall) {
  const auto run = [] {
    LineCall call({.line = 800'000, .loss = 0.01});
    call.watch(Duration::seconds(6));
    return std::tuple(call.sent().bytesSent, call.estimate(), call.seen().framesDecoded);
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace tincan::sim

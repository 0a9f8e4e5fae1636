#pragma once

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

/// A sends a camera and sound to B over a line with a queue of 300 ms, 25 ms away.
struct LineCall {
  struct Setup {
    int64_t line = 1'000'000;
    double loss = 0;
    uint32_t videoBitrate = 2'500'000;
    int width = 640, height = 480;
    int cameras = 1;
    stack::CongestionSettings congestion{};
    std::optional<stack::CongestionSettings> offerer{};  ///< where it is another than the sender's
    bool answererSends = false;
  };

  explicit LineCall(const Setup& setup, uint64_t seed = 5)
      : world(seed),
        hostA(world.addHost("a", "203.0.113.1")),
        a(world, hostA, configuration("a", setup)),
        b(world, world.addHost("b", "203.0.113.2"), configuration("b", setup, setup.offerer)) {
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
    for (int i = 1; i < setup.cameras; ++i) {
      constraints.audio = false;
      const auto more = media::getUserMedia(constraints, world.newRandom()).value();
      EXPECT_TRUE(a.pc->addTrack(more->getVideoTracks().front(), more).ok());
    }
    setLine(setup.line);
    hostA.up.config.delay = Duration::millis(25);
    hostA.up.config.queue = Duration::millis(300);
    if (setup.answererSends) {
      EXPECT_TRUE(b.pc->addTransceiver(stack::MediaKind::kAudio).ok());
      EXPECT_TRUE(b.pc->addTransceiver(stack::MediaKind::kVideo).ok());
    }
    setup.answererSends ? signal(b, a) : signal(a, b);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    hostA.up.config.loss = setup.loss;
  }
  static stack::RTCConfiguration configuration(const char* name, const Setup& setup,
                                               const std::optional<stack::CongestionSettings>& other = std::nullopt) {
    stack::RTCConfiguration out;
    out.certificates = {fixedIdentity(name)};
    out.videoBitrate = setup.videoBitrate;
    out.congestion = other.value_or(setup.congestion);
    return out;
  }
  void setLine(int64_t bitsPerSecond) { hostA.up.config.bitsPerSecond = bitsPerSecond; }
  stack::RTCOutboundRtpStreamStats sent() const {
    for (const auto& stats : a.pc->getStats().outboundRtp) {
      if (stats.kind == "video") return stats;
    }
    return {};
  }
  /// What each camera's encoder aims at.
  std::vector<uint32_t> targets() const {
    std::vector<uint32_t> out;
    for (const auto& stats : a.pc->getStats().outboundRtp) {
      if (stats.kind == "video") out.push_back(static_cast<uint32_t>(stats.targetBitrate));
    }
    return out;
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

inline void print(const char* name, const LineCall::Watched& watched, const LineCall& call) {
  const auto sent = call.sent();
  std::printf(
      "%-10s %.1f frames/s, %.0f kb/s of pictures, longest freeze %lld ms, %llu lost in the queue; estimate %.0f kb/s, "
      "%ux%u, limited by %s\n",
      name, watched.framesPerSecond, watched.rate / 1000, static_cast<long long>(watched.longestFreeze.millis()),
      static_cast<unsigned long long>(watched.queueDrops), call.estimate() / 1000, *sent.frameWidth, *sent.frameHeight,
      sent.qualityLimitationReason.c_str());
}

}  // namespace tincan::inline v0::sim

#pragma once

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

/// Two that send each other sound and pictures, so that both know the round trip; B tells how it comes.
struct HeldCall {
  struct Setup {
    uint64_t seed = 0;
    Duration oneWay = Duration::millis(20);
    int width = 320, height = 240;
  };
  /// Of what was played in a while.
  struct Held {
    double sound = 0, forLine = 0;               // ms: for how long; of that, what the line alone asks for
    double pictures = 0;                         // ms
    double soundTarget = 0, picturesTarget = 0;  // ms behind the fastest packets
    double concealed = 0;                        // %
    double framesPerSecond = 0;
  };

  explicit HeldCall(const Setup& setup)
      : world(setup.seed),
        hostA(world.addHost("a", "203.0.113.1", line(setup))),
        hostB(world.addHost("b", "203.0.113.2", line(setup))),
        a(world, hostA),
        b(world, hostB) {
    trickle(a, b);
    trickle(b, a);
    for (Peer* peer : {&a, &b}) {
      media::MediaStreamConstraints constraints;
      constraints.audio = true;
      constraints.video = media::VideoConstraints{.width = setup.width, .height = setup.height};
      peer->stream = media::getUserMedia(constraints, world.newRandom()).value();
      for (const auto& track : peer->stream->getTracks()) EXPECT_TRUE(peer->pc->addTrack(track, peer->stream).ok());
    }
    signal(a, b);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  // Half of the way on each of a host's two wires.
  static LinkConfig line(const Setup& setup) {
    LinkConfig out;
    out.delay = setup.oneWay / 2;
    return out;
  }
  void setWay(Duration oneWay) {
    for (Host* host : {&hostA, &hostB}) host->up.config.delay = host->down.config.delay = oneWay / 2;
  }
  void setLoss(double loss) {
    for (Host* host : {&hostA, &hostB}) host->up.config.loss = loss;
  }
  stack::RTCInboundRtpStreamStats of(const char* kind) const {
    for (const auto& stats : b.pc->getStats().inboundRtp)
      if (stats.kind == kind) return stats;
    return {};
  }
  Held watch(Duration time) {
    using Stats = stack::RTCInboundRtpStreamStats;
    const auto sound = of("audio"), pictures = of("video");
    world.runFor(time);
    const auto heard = of("audio"), seen = of("video");
    const auto mean = [](const Stats& before, const Stats& after, auto member) {
      const double count = static_cast<double>(*after.jitterBufferEmittedCount - *before.jitterBufferEmittedCount);
      return count > 0 ? 1000 * (*(after.*member) - *(before.*member)) / count : 0;
    };
    Held out;
    out.sound = mean(sound, heard, &Stats::jitterBufferDelay);
    out.forLine = mean(sound, heard, &Stats::jitterBufferMinimumDelay);
    out.pictures = mean(pictures, seen, &Stats::jitterBufferDelay);
    out.soundTarget = mean(sound, heard, &Stats::jitterBufferTargetDelay);
    out.picturesTarget = mean(pictures, seen, &Stats::jitterBufferTargetDelay);
    out.concealed = 100.0 * static_cast<double>(*heard.concealedSamples - *sound.concealedSamples) /
                    static_cast<double>(*heard.totalSamplesReceived - *sound.totalSamplesReceived);
    out.framesPerSecond = static_cast<double>(seen.framesDecoded - pictures.framesDecoded) / time.toSeconds();
    return out;
  }

  World world;
  Host &hostA, &hostB;
  Peer a, b;
};

}  // namespace tincan::inline v0::sim

#pragma once

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

/// Two that send each other sound and pictures, so that both know the round trip.
struct HeldCall {
  struct Setup {
    uint64_t seed = 0;
    Duration oneWay = Duration::millis(20);
    int width = 320, height = 240;
    int ppm = 0;  ///< by how much A's clock runs faster than B's
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
        a(world, hostA, {}, {}, nullptr, nullptr, setup.ppm),
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
  using Stats = stack::RTCInboundRtpStreamStats;
  /// What one of them has received so far.
  struct Received {
    Stats sound, pictures;
  };
  static Received received(const Peer& listener) {
    Received out;
    for (const auto& stats : listener.pc->getStats().inboundRtp)
      (stats.kind == "audio" ? out.sound : out.pictures) = stats;
    return out;
  }
  static Held between(const Received& before, const Received& after, Duration time) {
    const auto mean = [](const Stats& from, const Stats& to, auto member) {
      const double count = static_cast<double>(*to.jitterBufferEmittedCount - *from.jitterBufferEmittedCount);
      return count > 0 ? 1000 * (*(to.*member) - *(from.*member)) / count : 0;
    };
    Held out;
    out.sound = mean(before.sound, after.sound, &Stats::jitterBufferDelay);
    out.forLine = mean(before.sound, after.sound, &Stats::jitterBufferMinimumDelay);
    out.pictures = mean(before.pictures, after.pictures, &Stats::jitterBufferDelay);
    out.soundTarget = mean(before.sound, after.sound, &Stats::jitterBufferTargetDelay);
    out.picturesTarget = mean(before.pictures, after.pictures, &Stats::jitterBufferTargetDelay);
    out.concealed = 100.0 * static_cast<double>(*after.sound.concealedSamples - *before.sound.concealedSamples) /
                    static_cast<double>(*after.sound.totalSamplesReceived - *before.sound.totalSamplesReceived);
    out.framesPerSecond =
        static_cast<double>(after.pictures.framesDecoded - before.pictures.framesDecoded) / time.toSeconds();
    return out;
  }
  Held watch(Duration time) {
    const Received before = received(b);
    world.runFor(time);
    return between(before, received(b), time);
  }

  World world;
  Host &hostA, &hostB;
  Peer a, b;
};

}  // namespace tincan::inline v0::sim

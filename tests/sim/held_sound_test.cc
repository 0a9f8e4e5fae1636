// How long sound is held back in a call over a line that loses, where it has to wait for the line, and for pictures.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

/// Means of what was played, in ms.
struct Held {
  double sound = 0, forLine = 0;               // for how long; of that, what the line alone asks for
  double soundTarget = 0, picturesTarget = 0;  // behind the fastest packets
  double concealed = 0;                        // %
};

// Both send, so that both know the round trip: 40 ms.
Held hold(double loss, uint64_t seed) {
  World world(seed);
  const LinkConfig link{.delay = Duration::millis(10)};
  Host &hostA = world.addHost("a", "203.0.113.1", link), &hostB = world.addHost("b", "203.0.113.2", link);
  Peer a(world, hostA), b(world, hostB);
  trickle(a, b);
  trickle(b, a);
  for (Peer* peer : {&a, &b}) {
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = media::VideoConstraints{.width = 320, .height = 240};
    peer->stream = media::getUserMedia(constraints, world.newRandom()).value();
    for (const auto& track : peer->stream->getTracks()) EXPECT_TRUE(peer->pc->addTrack(track, peer->stream).ok());
  }
  signal(a, b);
  EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  for (Host* host : {&hostA, &hostB}) host->up.config.loss = loss;
  const auto of = [&](const char* kind) {
    for (const auto& stats : b.pc->getStats().inboundRtp)
      if (stats.kind == kind) return stats;
    return stack::RTCInboundRtpStreamStats();
  };
  world.runFor(Duration::seconds(3));
  const auto sound = of("audio"), pictures = of("video");
  world.runFor(Duration::seconds(12));
  const auto mean = [](const auto& before, const auto& after, auto member) {
    const double count = static_cast<double>(*after.jitterBufferEmittedCount - *before.jitterBufferEmittedCount);
    return 1000 * (*(after.*member) - *(before.*member)) / count;
  };
  using Stats = stack::RTCInboundRtpStreamStats;
  const auto heard = of("audio"), seen = of("video");
  Held out;
  out.sound = mean(sound, heard, &Stats::jitterBufferDelay);
  out.forLine = mean(sound, heard, &Stats::jitterBufferMinimumDelay);
  out.soundTarget = mean(sound, heard, &Stats::jitterBufferTargetDelay);
  out.picturesTarget = mean(pictures, seen, &Stats::jitterBufferTargetDelay);
  out.concealed = 100.0 * static_cast<double>(*heard.concealedSamples - *sound.concealedSamples) /
                  static_cast<double>(*heard.totalSamplesReceived - *sound.totalSamplesReceived);
  std::printf(
      "%4.1f %% lost: sound held %5.1f ms (%5.1f for the line), aims at %5.1f, pictures at %5.1f; %4.1f %% made up\n",
      100 * loss, out.sound, out.forLine, out.soundTarget, out.picturesTarget, out.concealed);
  return out;
}

TEST(HeldSound, WaitsALittleForALineThatLosesAndNotForRepairsOfPictures) {
  for (const uint64_t seed : {7u, 8u, 9u}) {
    const Held quiet = hold(0, seed), lossy = hold(0.1, seed);
    EXPECT_LE(quiet.sound, 55);
    EXPECT_LE(lossy.sound, 60);
    EXPECT_LE(lossy.concealed, 3);
    EXPECT_LE(lossy.picturesTarget - lossy.soundTarget, 45) << "from where on it is noticed (ITU-R BT.1359)";
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim

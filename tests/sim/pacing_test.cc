// Calls over a wire that is not much faster than their video, with a queue of ten packets in front of it.
#include <algorithm>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/header.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

constexpr int64_t kLine = 2'000'000;
constexpr size_t kQueued = 10;  // packets of 1,250 bytes on the wire

/// A call with one camera, whose key frames have some thirty packets, and all that A puts on its wire.
struct NarrowCall {
  struct Sent {
    TimePoint when;
    uint32_t ssrc;  // 0: no RTP
    size_t ipSize;
    Duration inLine;  // behind what was sent before it
    bool dropped;
  };

  NarrowCall(uint64_t seed, const stack::PacingSettings& pacing)
      : world(seed),
        hostA(world.addHost("a", "203.0.113.1")),
        a(world, hostA, configuration("a", pacing)),
        b(world, world.addHost("b", "203.0.113.2"), configuration("b", pacing)) {
    trickle(a, b);
    trickle(b, a);
    media::VideoConstraints large;
    large.width = 1280;
    large.height = 720;
    large.frameRate = 10;
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = large;
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    for (const auto& track : a.stream->getTracks()) EXPECT_TRUE(a.pc->addTrack(track, a.stream).ok());
    // Losses make the encoder give way to repairs, and its pictures smaller: the key frames are to stay what they are.
    for (const auto& sender : a.pc->getSenders()) {
      auto parameters = sender->getParameters();
      parameters.degradationPreference = stack::RTCDegradationPreference::kMaintainResolution;
      EXPECT_TRUE(sender->setParameters(parameters).ok());
    }
    signal(a, b);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    hostA.up.config.delay = Duration::millis(20);
    hostA.up.config.bitsPerSecond = kLine;
    hostA.up.config.queue = Duration::micros(static_cast<int64_t>(kQueued) * 1250 * 8 * 1'000'000 / kLine);
    world.onPacket([this](const TracedPacket& packet) {
      if (&packet.from == &hostA) note(packet);
    });
  }
  static stack::RTCConfiguration configuration(const char* name, const stack::PacingSettings& pacing) {
    stack::RTCConfiguration out;
    out.certificates = {fixedIdentity(name)};
    out.pacing = pacing;
    // Paced at 1.87 Mb/s, sound and all: what is looked at is the pacer, not what finds the line's rate.
    out.videoBitrate = 700'000;
    // What is sent beforehand against losses is taken out of the encoder's rate: key frames would get smaller.
    out.fec.video = stack::FecSettings::Video::kNone;
    out.congestion = {.controller = stack::CongestionSettings::Controller::kFixed, .startBitrate = 750'000};
    return out;
  }
  // As Link has it, so that what is lost and what waits can be told apart.
  void note(const TracedPacket& packet) {
    // RFC 7983 §7, RFC 5761 §4.
    const bool rtp = packet.bytes[0] >> 6 == 2 && !rtp::isRtcp(packet.bytes);
    Sent sent{packet.time, rtp ? loadBe32(packet.bytes.data() + 8) : 0, packet.bytes.size() + 28, {}, false};
    sent.inLine = std::max(lineFree, packet.time) - packet.time;
    sent.dropped = sent.inLine > hostA.up.config.queue;
    if (!sent.dropped) {
      lineFree =
          packet.time + sent.inLine + Duration::micros(static_cast<int64_t>(sent.ipSize) * 8 * 1'000'000 / kLine);
    }
    wire.push_back(sent);
  }
  /// Six seconds, with a key frame each two.
  void run() {
    for (int i = 0; i < 3; ++i) {
      world.runFor(Duration::seconds(1));
      wantKeyFrame();
      world.runFor(Duration::seconds(1));
    }
  }
  void wantKeyFrame() {
    for (const auto& receiver : b.pc->getReceivers()) b.pc->requestKeyFrame(receiver);
  }
  /// Until one has been made, and some of it waits.
  bool runIntoAKeyFrame() {
    world.runFor(Duration::seconds(1));
    wantKeyFrame();
    const uint64_t keyFrames = sent("video").keyFramesEncoded;
    return world.runUntil([&] { return sent("video").keyFramesEncoded > keyFrames; }, Duration::seconds(1));
  }
  stack::RTCOutboundRtpStreamStats sent(const char* kind) const {
    for (const auto& stats : a.pc->getStats().outboundRtp) {
      if (stats.kind == kind) return stats;
    }
    return {};
  }
  size_t dropped(uint32_t ssrc) const {
    return static_cast<size_t>(
        std::count_if(wire.begin(), wire.end(), [&](const Sent& each) { return each.ssrc == ssrc && each.dropped; }));
  }
  Duration longestInLine(uint32_t ssrc) const {
    Duration longest;
    for (const Sent& each : wire) {
      if (each.ssrc == ssrc && !each.dropped) longest = std::max(longest, each.inLine);
    }
    return longest;
  }

  World world;
  Host& hostA;
  Peer a, b;
  TimePoint lineFree;
  std::vector<Sent> wire;
};

void print(const char* name, const NarrowCall& call) {
  const auto video = call.sent("video");
  const auto sound = call.sent("audio");
  std::printf(
      "%s: %llu key frames; lost in the queue: %zu of %llu of video, %zu of sound; %llu sent again; "
      "sound stood in line for up to %.1f ms; a packet waited %.1f ms to be sent; %llu pictures seen\n",
      name, static_cast<unsigned long long>(video.keyFramesEncoded), call.dropped(video.ssrc),
      static_cast<unsigned long long>(video.packetsSent), call.dropped(sound.ssrc),
      static_cast<unsigned long long>(video.retransmittedPacketsSent),
      call.longestInLine(sound.ssrc).toSeconds() * 1000,
      video.totalPacketSendDelay / static_cast<double>(video.packetsSent) * 1000,
      static_cast<unsigned long long>(call.b.pictures));
}

TEST(Pacing, KeyFramesSurviveASmallQueue) {
  NarrowCall paced(11, {});
  paced.run();
  print("paced    ", paced);
  const auto video = paced.sent("video");
  const auto sound = paced.sent("audio");
  EXPECT_EQ(video.keyFramesEncoded, 4u);
  EXPECT_EQ(paced.hostA.up.stats().queueDrops, 0u);
  EXPECT_EQ(paced.dropped(video.ssrc), 0u);
  EXPECT_EQ(video.retransmittedPacketsSent, 0u);
  // A bucket's worth at a time, at 1.87 of 2 Mb/s.
  EXPECT_LE(paced.longestInLine(sound.ssrc), Duration::millis(20));
  EXPECT_GE(sound.packetsSent, 295u);
  EXPECT_EQ(sound.totalPacketSendDelay, 0.0) << "sound never waits to be sent";
  EXPECT_GE(paced.b.pictures, 57u);
  // And so it keeps its times.
  std::vector<TimePoint> times;
  for (const auto& sent : paced.wire) {
    if (sent.ssrc == sound.ssrc) times.push_back(sent.when);
  }
  ASSERT_GT(times.size(), 290u);
  for (size_t i = 1; i < times.size(); ++i) EXPECT_EQ(times[i] - times[i - 1], Duration::millis(20));

  NarrowCall burst(11, {.enabled = false});
  burst.run();
  print("all at once", burst);
  const auto lost = burst.dropped(burst.sent("video").ssrc);
  EXPECT_EQ(burst.hostA.up.stats().queueDrops,
            static_cast<uint64_t>(
                std::count_if(burst.wire.begin(), burst.wire.end(), [](const auto& each) { return each.dropped; })))
      << "the wire drops what the test says it does";
  EXPECT_GT(lost, 2 * kQueued);
  // Repairs, which made it 40 ms, are bounded by now; the key frames alone are what sound waits behind.
  EXPECT_GT(burst.longestInLine(burst.sent("audio").ssrc), Duration::millis(25));
  EXPECT_EQ(burst.sent("video").totalPacketSendDelay, 0.0);
}

TEST(Pacing, TheSameSeedGivesTheSameBytes) {
  const auto hash = [](uint64_t seed) {
    NarrowCall call(seed, {});
    call.world.runFor(Duration::millis(500));
    return call.world.wireHash();
  };
  const uint64_t once = hash(13);
  EXPECT_EQ(once, hash(13));
  EXPECT_NE(once, hash(14));
}

// While a key frame waits: the connection closes, a track goes, another takes its place, a track stops.
TEST(Pacing, WhatWaitsGoesWithItsConnection) {
  NarrowCall call(15, {});
  ASSERT_TRUE(call.runIntoAKeyFrame());
  const uint64_t before = call.sent("video").packetsSent;
  call.world.runFor(Duration::millis(20));
  EXPECT_GT(call.sent("video").packetsSent, before) << "it was in mid-queue";
  const size_t sent = call.wire.size();
  call.a.pc->close();
  call.world.runFor(Duration::seconds(2));
  EXPECT_LE(call.wire.size(), sent + 3) << "the goodbyes";
  EXPECT_TRUE(call.b.tracks[0]->muted() && call.b.tracks[1]->muted());
}

TEST(Pacing, ATrackThatGoesInMidQueueComesBackWithoutAGap) {
  NarrowCall call(16, {});
  ASSERT_TRUE(call.runIntoAKeyFrame());
  call.world.runFor(Duration::millis(20));
  const auto video = call.a.pc->getSenders()[1];
  const auto track = video->track();
  ASSERT_TRUE(call.a.pc->removeTrack(video).ok());
  signal(call.a, call.b);
  call.world.runFor(Duration::millis(500));
  ASSERT_TRUE(call.a.pc->addTrack(track, call.a.stream).ok());
  signal(call.a, call.b);
  const uint64_t pictures = call.b.pictures;
  call.world.runFor(Duration::seconds(1));
  EXPECT_GE(call.b.pictures, pictures + 8);
  for (const auto& stats : call.b.pc->getStats().inboundRtp) EXPECT_EQ(stats.packetsLost, 0) << stats.kind;
  EXPECT_EQ(call.sent("video").nackCount, 0u);
}

TEST(Pacing, ATrackThatIsReplacedInMidQueueKeepsTheOrder) {
  NarrowCall call(17, {});
  ASSERT_TRUE(call.runIntoAKeyFrame());
  const auto video = call.a.pc->getSenders()[1];
  const auto track = video->track();
  ASSERT_TRUE(video->replaceTrack(nullptr).ok());
  call.world.runFor(Duration::millis(500));
  const uint64_t pictures = call.b.pictures;
  ASSERT_TRUE(video->replaceTrack(track).ok());
  call.world.runFor(Duration::seconds(1));
  EXPECT_GE(call.b.pictures, pictures + 8);
  track->stop();
  call.world.runFor(Duration::millis(500));
  for (const auto& stats : call.b.pc->getStats().inboundRtp) EXPECT_EQ(stats.packetsLost, 0) << stats.kind;
  const auto stats = call.sent("video");
  EXPECT_EQ(stats.nackCount, 0u);
  // Each packet that was made has left, and was counted.
  EXPECT_GT(stats.totalPacketSendDelay, 0.0);
}

}  // namespace
}  // namespace tincan::inline v0::sim

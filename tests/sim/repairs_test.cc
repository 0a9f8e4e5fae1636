// What is sent again, in calls over lines that lose: a share of the line, and no packet twice in a round trip.
#include <cstdio>
#include <map>

#include <gtest/gtest.h>

#include "rtp/header.h"
#include "tests/sim/lossy_call.h"

namespace tincan::inline v0::sim {
namespace {

constexpr uint32_t kVideo = 1'000'000, kSound = 48'000;  // what is aimed at

/// A sends a camera of 640 x 480 to B over its line up.
struct RepairedCall : LossyCall {
  RepairedCall(uint64_t seed, const LinkConfig& line)
      : LossyCall({.seed = seed,
                   .width = 640,
                   .height = 480,
                   .videoBitrate = kVideo,
                   .startBitrate = kVideo + kVideo / 15 + 80'000,
                   .line = line,
                   .headers = stack::RTCRtpHeaderEncryptionPolicy::kDisable}) {
    world.onPacket([this](const TracedPacket& packet) {
      if (&packet.from != &hostA || packet.bytes[0] >> 6 != 2 || rtp::isRtcp(packet.bytes)) return;
      onWire[loadBe32(packet.bytes.data() + 8)] += packet.bytes.size();
    });
  }
  stack::RTCOutboundRtpStreamStats video() const { return sent("video"); }
  /// On the wire, repairs and sound aside.
  uint64_t pictureBytes() const { return onWire.count(video().ssrc) ? onWire.at(video().ssrc) : 0; }
  uint64_t repairBytes() const {
    uint64_t all = 0;
    for (const auto& [ssrc, bytes] : onWire) all += bytes;
    for (const auto& stats : a.pc->getStats().outboundRtp)
      if (onWire.count(stats.ssrc)) all -= onWire.at(stats.ssrc);
    return all;
  }
  void print(const char* name) const {
    const auto stats = video();
    std::printf("%s: %.0f kbytes of pictures, %.0f of repairs; %llu packets sent again, %llu refused; %llu pictures\n",
                name, static_cast<double>(pictureBytes()) / 1000, static_cast<double>(repairBytes()) / 1000,
                static_cast<unsigned long long>(stats.retransmittedPacketsSent),
                static_cast<unsigned long long>(stats.retransmissionsRefused),
                static_cast<unsigned long long>(b.pictures));
  }

  std::map<uint32_t, uint64_t> onWire;  // bytes, by SSRC
};

// The line takes half of what the encoder aims at, and nobody says so (no REMB): half is lost, and asked for.
TEST(Repairs, TakeAShareOfALineThatIsTooNarrow) {
  RepairedCall call(21, {.delay = Duration::millis(30), .bitsPerSecond = 500'000, .queue = Duration::millis(200)});
  call.world.runFor(Duration::seconds(10));
  call.print("half as wide as the call");
  const auto stats = call.video();
  EXPECT_GT(stats.retransmissionsRefused, 0u) << "more was asked for";
  EXPECT_GT(stats.retransmittedPacketsSent, 20u);
  const double share = 0.25 * (kVideo + kSound) / 8;  // bytes a second
  // A window's worth at the start; headers of RTX and tags of SRTP come on top.
  EXPECT_LE(static_cast<double>(call.repairBytes()), share * 10.5 * 1.03);
  // The encoder gives way to them: a quarter of the line, beside what is left of it.
  EXPECT_LE(call.repairBytes(), call.pictureBytes() * 2 / 5);
}

TEST(Repairs, OnALineAsWideAsTheCallAreFew) {
  RepairedCall call(22, {.delay = Duration::millis(30), .bitsPerSecond = 1'000'000, .queue = Duration::millis(200)});
  call.world.runFor(Duration::seconds(10));
  call.print("as wide as the call");
  EXPECT_LE(static_cast<double>(call.repairBytes()), 0.25 * (kVideo + kSound) / 8 * 10.5 * 1.03);
  EXPECT_LE(call.repairBytes(), call.pictureBytes() / 4);
}

// How many of a call's packets are lost is chance: three calls.
TEST(Repairs, OfOrdinaryLossAreServedWhole) {
  uint64_t served = 0;
  for (const uint64_t seed : {23, 24, 25}) {
    RepairedCall call(seed, {.delay = Duration::millis(30), .loss = 0.02});
    call.world.runFor(Duration::seconds(10));
    call.print("two in a hundred lost");
    const auto stats = call.video();
    served += stats.retransmittedPacketsSent;
    EXPECT_EQ(stats.retransmissionsRefused, 0u) << seed;
    EXPECT_GE(call.b.pictures, 290u) << "of 300, seed " << seed;
  }
  EXPECT_GT(served, 30u);
}

}  // namespace
}  // namespace tincan::inline v0::sim

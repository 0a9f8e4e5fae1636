// What encodings ask of the network and of packets: networkPriority (webrtc-priority §4.2.1, RFC 8837) and adaptivePtime
// (webrtc-extensions).
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCPriorityType;

struct PriorityCall {
  explicit PriorityCall(uint64_t seed)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)})),
        b(world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)})) {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    signal(a, b);
    world.runFor(Duration::seconds(2));
    world.onPacket([this](const TracedPacket& packet) {
      if (packet.source.ip.toString() != "203.0.113.1") return;
      const bool rtp = packet.bytes.size() > 12 && packet.bytes[0] >> 6 == 2;
      const bool rtcp = rtp && packet.bytes[1] >= 192 && packet.bytes[1] <= 223;
      if (!rtp || rtcp) return void(others.insert(packet.dscp));
      const uint32_t ssrc = loadBe32(packet.bytes.data() + 8);
      points[ssrc].insert(packet.dscp);
      ++packets[ssrc];
    });
  }
  template <class Change>
  void change(size_t sender, Change&& change) {
    const auto one = a.pc->getSenders()[sender];
    auto parameters = one->getParameters();
    change(parameters.encodings.front());
    ASSERT_TRUE(one->setParameters(parameters).ok());
    EXPECT_EQ(one->getParameters().encodings.front().networkPriority, parameters.encodings.front().networkPriority);
  }
  void run(Duration time) {
    world.runFor(Duration::millis(300));  // what was queued before
    points.clear();
    packets.clear();
    others.clear();
    world.runFor(time);
  }
  // Of the streams of its kind that are sent.
  uint32_t ssrcOf(const char* kind) {
    for (const auto& each : a.pc->getStats().outboundRtp)
      if (each.kind == kind) return each.ssrc;
    return 0;
  }

  World world;
  Peer a, b;
  std::map<uint32_t, std::set<uint8_t>> points;
  std::map<uint32_t, uint64_t> packets;
  std::set<uint8_t> others;
};

TEST(NetworkPriority, PacketsLeaveWithTheCodePointOfTheirEncoding) {
  PriorityCall call(51);
  const uint32_t sound = call.ssrcOf("audio"), pictures = call.ssrcOf("video");
  const auto expect = [&](uint8_t ofSound, uint8_t ofPictures) {
    call.run(Duration::seconds(1));
    EXPECT_EQ(call.points[sound], std::set<uint8_t>{ofSound});
    EXPECT_EQ(call.points[pictures], std::set<uint8_t>{ofPictures});
    call.others.erase(0);
    EXPECT_TRUE(call.others.empty()) << "reports and checks";
  };
  expect(0, 0);
  struct Row {
    RTCPriorityType priority;
    uint8_t sound, pictures;
  };
  for (const Row& row : {Row{RTCPriorityType::kHigh, 46, 34}, Row{RTCPriorityType::kMedium, 46, 36},
                         Row{RTCPriorityType::kVeryLow, 1, 1}, Row{RTCPriorityType::kLow, 0, 0}}) {
    SCOPED_TRACE(toString(row.priority));
    for (const size_t sender : {0u, 1u}) call.change(sender, [&](auto& each) { each.networkPriority = row.priority; });
    expect(row.sound, row.pictures);
  }
}

TEST(AdaptivePtime, SoundOfALowRateGoesInLongerPackets) {
  PriorityCall call(52);
  const uint32_t sound = call.ssrcOf("audio");
  struct Row {
    bool adaptive;
    uint32_t rate;
    uint64_t packets;
  };
  for (const Row& row :
       {Row{true, 40'000, 150}, Row{true, 24'000, 75}, Row{true, 12'000, 50}, Row{false, 12'000, 150}}) {
    SCOPED_TRACE(row.rate);
    call.change(0, [&](auto& each) {
      each.adaptivePtime = row.adaptive;
      each.maxBitrate = row.rate;
    });
    const uint64_t before = call.b.loudSounds;
    call.run(Duration::seconds(3));
    EXPECT_NEAR(static_cast<double>(call.packets[sound]), static_cast<double>(row.packets), 2);
    // Played as they come, a stretch for each packet.
    EXPECT_NEAR(static_cast<double>(call.b.loudSounds - before), static_cast<double>(row.packets) * 1.1, 10);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim

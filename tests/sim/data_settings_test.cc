// What users set of data channels and see of them: priorities, congestion control, statistics.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCPriorityType;

struct DataCall {
  explicit DataCall(stack::RTCConfiguration configuration = {}, LinkConfig link = {})
      : hostA(world.addHost("a", "203.0.113.1", link)),
        hostB(world.addHost("b", "203.0.113.2", link)),
        a(world, hostA, configuration),
        b(world, hostB, configuration) {
    b.pc->ondatachannel = [this](stack::RTCDataChannelEvent event) { arrived.push_back(event.channel); };
  }
  std::shared_ptr<stack::DataChannel> open(const std::string& label, RTCPriorityType priority) {
    stack::RTCDataChannelInit init;
    init.priority = priority;
    made.push_back(a.pc->createDataChannel(label, init).value());
    return made.back();
  }
  bool connect(size_t channels) {
    trickle(a, b);
    trickle(b, a);
    signal(a, b);
    const auto open = [](const auto& each) { return each->readyState() == stack::RTCDataChannelState::kOpen; };
    return world.runUntil([&] { return arrived.size() == channels && std::all_of(made.begin(), made.end(), open); },
                          Duration::seconds(20));
  }

  World world{1};
  Host &hostA, &hostB;
  Peer a, b;
  std::vector<std::shared_ptr<stack::DataChannel>> made, arrived;
};

TEST(DataSettings, APriorityIsTheChannelsAtBothEnds) {
  DataCall call;
  const RTCPriorityType all[] = {RTCPriorityType::kVeryLow, RTCPriorityType::kLow, RTCPriorityType::kMedium,
                                 RTCPriorityType::kHigh};
  for (const RTCPriorityType each : all) {
    EXPECT_EQ(call.open(std::string(stack::toString(each)), each)->priority(), each);
  }
  ASSERT_TRUE(call.connect(std::size(all)));
  for (const auto& channel : call.arrived) EXPECT_EQ(stack::toString(channel->priority()), channel->label());
}

TEST(DataSettings, APriorityIsAShareOfTheLine) {
  LinkConfig link;
  link.delay = Duration::millis(10);
  link.bitsPerSecond = 8'000'000;
  DataCall call({}, link);
  const auto low = call.open("low", RTCPriorityType::kVeryLow), high = call.open("high", RTCPriorityType::kHigh);
  ASSERT_TRUE(call.connect(2));
  size_t ofLow = 0, ofHigh = 0;
  for (const auto& channel : call.arrived)
    channel->onmessage = [&count = channel->label() == "low" ? ofLow : ofHigh](const stack::MessageEvent&) { ++count; };
  constexpr size_t kMessages = 100;
  for (size_t i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(low->send(ByteView(Bytes(10'000))).ok());
    ASSERT_TRUE(high->send(ByteView(Bytes(10'000))).ok());
  }
  ASSERT_TRUE(call.world.runUntil([&] { return ofHigh == kMessages; }, Duration::seconds(60)));
  EXPECT_LT(ofLow, kMessages / 2) << "an eighth of what the other gets, and a little that went before";
  EXPECT_TRUE(call.world.runUntil([&] { return ofLow == kMessages; }, Duration::seconds(60)));
}

TEST(DataSettings, EachCongestionControlCarriesMessages) {
  for (const auto control :
       {sctp::CongestionControl::kReno, sctp::CongestionControl::kCubic, sctp::CongestionControl::kBbr}) {
    stack::RTCConfiguration configuration;
    configuration.data.congestionControl = control;
    DataCall call(configuration);
    const auto channel = call.open("bulk", RTCPriorityType::kLow);
    ASSERT_TRUE(call.connect(1));
    size_t bytes = 0;
    call.arrived[0]->onmessage = [&](const stack::MessageEvent& message) {
      bytes += std::get<Bytes>(message.data).size();
    };
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(channel->send(ByteView(Bytes(50'000))).ok());
    EXPECT_TRUE(call.world.runUntil([&] { return bytes == 2'000'000; }, Duration::seconds(60)));
  }
}

// As many as a peer may open, before and after the association stands: each has a number of its own.
TEST(DataSettings, ThousandsOfChannels) {
  constexpr size_t kEach = 1500;
  DataCall call;
  for (size_t i = 0; i < kEach; ++i) call.open("early", RTCPriorityType::kLow);
  ASSERT_TRUE(call.connect(kEach));
  for (size_t i = 0; i < kEach; ++i) call.open("late", RTCPriorityType::kLow);
  ASSERT_TRUE(call.world.runUntil([&] { return call.arrived.size() == 2 * kEach; }, Duration::seconds(60)));
  std::set<uint16_t> ids;
  for (const auto& channel : call.made) ids.insert(*channel->id());
  EXPECT_EQ(ids.size(), 2 * kEach);
  size_t received = 0;
  for (const auto& channel : call.arrived) channel->onmessage = [&](const stack::MessageEvent&) { ++received; };
  for (const auto& channel : call.made) ASSERT_TRUE(channel->send("each").ok());
  EXPECT_EQ(call.made.front()->bufferedAmount(), 4u);
  ASSERT_TRUE(call.world.runUntil([&] { return received == 2 * kEach; }, Duration::seconds(60)));
  for (const auto& channel : call.made) EXPECT_TRUE(channel->close().ok());
  const auto closed = [](const auto& each) { return each->readyState() == stack::RTCDataChannelState::kClosed; };
  EXPECT_TRUE(call.world.runUntil(
      [&] {
        return std::all_of(call.made.begin(), call.made.end(), closed) &&
               std::all_of(call.arrived.begin(), call.arrived.end(), closed);
      },
      Duration::seconds(60)));
  const auto again = call.open("again", RTCPriorityType::kLow);
  call.world.runFor(Duration::seconds(1));
  EXPECT_LT(again->id().value_or(2), 2) << "numbers are used again";
}

// All channels together may keep 16 MiB waiting, and what has left or was given up makes room again.
TEST(DataSettings, WhatWaitsIsBoundedForAllTogether) {
  DataCall call;
  for (int i = 0; i < 4; ++i) call.open("bulk", RTCPriorityType::kLow);
  ASSERT_TRUE(call.connect(4));
  const auto fill = [&] {
    size_t taken = 0;
    while (call.made[taken % 3]->send(ByteView(Bytes(256 * 1024))).ok()) ++taken;
    return taken;
  };
  EXPECT_EQ(fill(), 64u);
  EXPECT_FALSE(call.made[3]->send("one more").ok());
  ASSERT_TRUE(call.world.runUntil([&] { return call.made[0]->bufferedAmount() == 0; }, Duration::seconds(60)));
  ASSERT_TRUE(call.world.runUntil([&] { return call.made[1]->bufferedAmount() + call.made[2]->bufferedAmount() == 0; },
                                  Duration::seconds(60)));
  EXPECT_EQ(fill(), 64u);
}

TEST(DataSettings, StatisticsOfTheAssociation) {
  LinkConfig link;
  link.delay = Duration::millis(20);
  DataCall call({}, link);
  EXPECT_TRUE(call.a.pc->getStats().sctpTransports.empty());
  const auto channel = call.open("measured", RTCPriorityType::kLow);
  ASSERT_TRUE(call.connect(1));
  ASSERT_TRUE(channel->send(ByteView(Bytes(100'000))).ok());
  call.world.runFor(Duration::seconds(1));
  const auto report = call.a.pc->getStats();
  ASSERT_EQ(report.sctpTransports.size(), 1u);
  const auto& stats = report.sctpTransports[0];
  EXPECT_EQ(stack::toString(stats.type), "sctp-transport");
  EXPECT_EQ(stats.transportId, report.transport.id);
  EXPECT_NEAR(*stats.smoothedRoundTripTime, 0.08, 0.03);
  EXPECT_GE(*stats.congestionWindow, 10'000u);
  EXPECT_GE(*stats.receiverWindow, 900'000u);
  EXPECT_GE(*stats.mtu, 1'000u);
  EXPECT_EQ(*stats.unackData, 0u);
  EXPECT_EQ(stats.timeouts, 0u);
  EXPECT_TRUE(stats.interleaving && stats.zeroChecksum);
}

}  // namespace
}  // namespace tincan::inline v0::sim

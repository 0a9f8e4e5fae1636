#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "stun/message.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

inline constexpr Duration kRoundTrip = Duration::millis(100);

/// Between two hosts and their signalling, round trips and losses of all of the way.
struct Line {
  Duration roundTrip = kRoundTrip;
  double loss = 0;
  Duration signalling = roundTrip / 2;  ///< one way
};

inline LinkConfig halfOfTheWay(const Line& line) {
  LinkConfig link;
  link.delay = line.roundTrip / 4;
  link.loss = line.loss / 2;
  return link;
}

inline stack::RTCConfiguration warp(stack::WarpPolicy policy, stack::RTCConfiguration configuration = {}) {
  configuration.warp = policy;
  return configuration;
}

/// Two peers and one channel, with every packet looked at. The signalling takes its time, and may change what it carries.
struct WarpCall {
  WarpCall(uint64_t seed, stack::RTCConfiguration ofA, stack::RTCConfiguration ofB, Line line = {})
      : world(seed),
        signalling(line.signalling),
        a(world, world.addHost("a", "203.0.113.1", halfOfTheWay(line)), std::move(ofA)),
        b(world, world.addHost("b", "203.0.113.2", halfOfTheWay(line)), std::move(ofB)) {
    world.onPacket([this](const TracedPacket& packet) {
      stun::Message message;
      if (stun::Message::parse(packet.bytes, message)) {
        carried += message.has(stun::AttributeType::kDtlsInStun) ? 1 : 0;
        marked += message.has(stun::AttributeType::kDtlsInStunAcknowledgement) ? 1 : 0;
        largest = std::max(largest, packet.bytes.size());
      } else if (!packet.bytes.empty() && packet.bytes[0] >= 20 && packet.bytes[0] <= 63) {
        ++plain;
      }
    });
    channel = a.pc->createDataChannel("soon").value();
  }

  /// From the offer to the channel that is open at both ends; never when it does not come up.
  std::optional<Duration> connect(Duration patience = Duration::seconds(60)) {
    TimePoint openA = TimePoint::never(), openB = TimePoint::never();
    channel->onopen = [&] { openA = world.now(); };
    const auto onChannel = b.pc->ondatachannel;
    b.pc->ondatachannel = [&, onChannel](stack::RTCDataChannelEvent event) {
      openB = world.now();
      onChannel(event);
    };
    const TimePoint from = world.now();
    EXPECT_TRUE(a.pc->setLocalDescription().ok());
    world.runFor(signalling);
    EXPECT_TRUE(b.pc->setRemoteDescription(carriedBy(*a.pc->localDescription(), onOffer)).ok());
    EXPECT_TRUE(b.pc->setLocalDescription().ok());
    world.runFor(Duration::micros(0));  // its candidates are known at once
    world.runUntil([&] { return world.now() >= from + signalling * 2; }, signalling);
    EXPECT_TRUE(a.pc->setRemoteDescription(carriedBy(*b.pc->localDescription(), onAnswer)).ok());
    const bool came = world.runUntil([&] { return !openA.isNever() && !openB.isNever(); }, patience);
    channel->onopen = {};
    b.pc->ondatachannel = {};
    if (!came) return std::nullopt;
    return std::max(openA, openB) - from;
  }

  using Change = std::function<void(std::string& sdp)>;
  static stack::RTCSessionDescription carriedBy(stack::RTCSessionDescription description, const Change& change) {
    if (change) change(description.sdp);
    return description;
  }

  World world;
  Duration signalling;
  Peer a, b;
  std::shared_ptr<stack::DataChannel> channel;
  int carried = 0, marked = 0, plain = 0;
  size_t largest = 0;
  Change onOffer, onAnswer;
};

/// A call of each policy with each other, under either version of DTLS; `check` runs once it is up.
inline void eachPolicyAgainstEachOther(
    const std::function<void(WarpCall& call, stack::WarpPolicy ofA, stack::WarpPolicy ofB)>& check) {
  using stack::WarpPolicy;
  for (const WarpPolicy ofA : {WarpPolicy::kOff, WarpPolicy::kAccept, WarpPolicy::kOffer}) {
    for (const WarpPolicy ofB : {WarpPolicy::kOff, WarpPolicy::kAccept, WarpPolicy::kOffer}) {
      for (const dtls::Version version : {dtls::Version::kDtls12, dtls::Version::kDtls13}) {
        SCOPED_TRACE(std::to_string(static_cast<int>(ofA)) + std::to_string(static_cast<int>(ofB)) +
                     std::string(name(version)));
        stack::RTCConfiguration configuration;
        configuration.security.maxVersion = version;
        WarpCall call(2, warp(ofA, configuration), warp(ofB, configuration));
        ASSERT_TRUE(call.connect());
        check(call, ofA, ofB);
      }
    }
  }
}

/// Offer and provisional answer, until `up`; then the final answer, and a second.
inline void answerProvisionally(WarpCall& call, const std::function<bool()>& up,
                                const std::function<void(const stack::RTCSessionDescription&)>& provisional,
                                const std::function<void()>& final = {}) {
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  call.world.runFor(Duration::zero());
  ASSERT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  auto answer = call.b.pc->createAnswer().value();
  answer.type = stack::RTCSdpType::kPranswer;
  ASSERT_TRUE(call.b.pc->setLocalDescription(answer).ok());
  call.world.runFor(Duration::zero());
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
  ASSERT_TRUE(call.world.runUntil(up));
  provisional(answer);
  ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
  if (final) final();
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
  call.world.runFor(Duration::seconds(1));
}

inline double roundTrips(Duration taken) {
  return taken.toSeconds() / kRoundTrip.toSeconds();
}

}  // namespace tincan::inline v0::sim

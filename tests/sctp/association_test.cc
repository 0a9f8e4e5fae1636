#include "sctp/association.h"

#include <thread>

#include <gtest/gtest.h>

#include "sctp/crc32c.h"

namespace tincan::inline v0::sctp {
namespace {

using State = Association::State;
using SendStatus = Association::SendStatus;

/// Two associations with nothing between them.
struct Couple {
  explicit Couple(uint64_t seed, AssociationConfig config = {})
      : random(seed), a(config, random, pool), b(config, random, pool) {}
  void pass() {
    PacketBuffer packet;
    bool busy = true;
    while (busy) {
      busy = false;
      while (a.pollTransmit(packet)) b.receive(now, packet.view()), busy = true;
      while (b.pollTransmit(packet)) a.receive(now, packet.view()), busy = true;
    }
  }
  void connect() {
    a.connect(now);
    b.connect(now);
    pass();
  }
  template <class E>
  std::optional<E> next(Association& of) {
    while (std::optional<AssociationEvent> event = of.pollEvent())
      if (E* wanted = std::get_if<E>(&*event)) return std::move(*wanted);
    return std::nullopt;
  }

  SeededRandom random;
  PacketPool pool;
  Association a, b;
  TimePoint now = TimePoint::fromMicros(5);
};

TEST(Association, SaysWhatCameOfTheStreams) {
  AssociationConfig few;
  few.streams = 16;
  SeededRandom random(1);
  PacketPool pool;
  Couple couple(1, few);
  couple.connect();
  EXPECT_EQ(couple.a.state(), State::kEstablished);
  const auto up = couple.next<AssociationUp>(couple.a);
  ASSERT_TRUE(up);
  EXPECT_EQ(up->outboundStreams, 16);
  EXPECT_EQ(up->inboundStreams, 16);
  EXPECT_EQ(couple.a.send(couple.now, 15, 51, Bytes(1), {}), SendStatus::kSent);
  EXPECT_EQ(couple.a.send(couple.now, 16, 51, Bytes(1), {}), SendStatus::kFailed) << "no such stream";
}

TEST(Association, EveryPacketHasItsChecksumAndFitsTheMtu) {
  AssociationConfig config;
  config.mtu = 1100;
  Couple couple(1, config);
  couple.a.connect(couple.now);
  couple.b.connect(couple.now);
  size_t largest = 0;
  const auto look = [&](Association& from, Association& to) {
    PacketBuffer packet;
    while (from.pollTransmit(packet)) {
      EXPECT_EQ(storedChecksum(packet.view()), packetChecksum(packet.view()));
      largest = std::max(largest, packet.size());
      to.receive(couple.now, packet.view());
    }
  };
  for (int i = 0; i < 200; ++i) {
    if (i == 10) (void)couple.a.send(couple.now, 0, 53, Bytes(200'000), {});
    look(couple.a, couple.b);
    look(couple.b, couple.a);
    couple.now = couple.now + Duration::millis(5);  // what is sent is paced
    couple.a.handleTimeout(couple.now);
    couple.b.handleTimeout(couple.now);
  }
  EXPECT_EQ(largest, 1100u);
  EXPECT_TRUE(couple.next<MessageReceived>(couple.b));
}

TEST(Association, APacketWithAWrongChecksumIsDropped) {
  Couple couple(1);
  couple.connect();
  ASSERT_EQ(couple.a.send(couple.now, 0, 53, Bytes(10), {}), SendStatus::kSent);
  PacketBuffer packet;
  ASSERT_TRUE(couple.a.pollTransmit(packet));
  const uint64_t before = couple.b.stats().packetsDropped;
  for (size_t i = 0; i < packet.size(); ++i) {
    Bytes bent = toBytes(packet.view());
    bent[i] ^= 1;
    couple.b.receive(couple.now, bent);
    couple.b.receive(couple.now, packet.view().first(i));
  }
  EXPECT_EQ(couple.b.stats().packetsDropped, before + 2 * packet.size());
  EXPECT_FALSE(couple.next<MessageReceived>(couple.b));
  couple.b.receive(couple.now, packet.view());
  EXPECT_TRUE(couple.next<MessageReceived>(couple.b));
}

// A peer whose DTLS was up first may send before connect(); a flood of that is not kept.
TEST(Association, SixteenPacketsBeforeTheStartAreKeptAndNoMore) {
  Couple couple(1);
  couple.a.connect(couple.now);
  PacketBuffer init;
  ASSERT_TRUE(couple.a.pollTransmit(init));
  for (int i = 0; i < 100; ++i) couple.b.receive(couple.now, init.view());
  EXPECT_EQ(couple.b.stats().packetsReceived, 100u);
  EXPECT_EQ(couple.b.stats().packetsDropped, 84u);
  couple.b.connect(couple.now);
  couple.pass();
  EXPECT_EQ(couple.a.state(), State::kEstablished);
  EXPECT_EQ(couple.b.state(), State::kEstablished);
}

TEST(Association, AMessageOverTheLimitIsNotKept) {
  AssociationConfig small;
  small.maxMessageSize = 100'000;
  Couple couple(1, small);
  couple.connect();
  ASSERT_EQ(couple.a.send(couple.now, 3, 53, Bytes(100'001), {}), SendStatus::kSent);
  ASSERT_EQ(couple.a.send(couple.now, 3, 53, Bytes(100'000), {}), SendStatus::kSent);
  for (int i = 0; i < 50; ++i) {
    couple.pass();
    couple.now = couple.now + Duration::millis(100);
    couple.a.handleTimeout(couple.now);
    couple.b.handleTimeout(couple.now);
  }
  const auto large = couple.next<MessageTooLarge>(couple.b);
  ASSERT_TRUE(large);
  EXPECT_EQ(large->stream, 3);
  const auto fits = couple.next<MessageReceived>(couple.b);
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->data.size(), 100'000u);
}

TEST(Association, CallsInTheWrongStateDoNothing) {
  Couple couple(1);
  Association& a = couple.a;
  EXPECT_EQ(a.send(couple.now, 0, 51, Bytes(1), {}), SendStatus::kFailed);
  const uint16_t stream = 0;
  EXPECT_EQ(a.resetStreams(couple.now, {&stream, 1}), SendStatus::kFailed);
  a.handleTimeout(couple.now);
  EXPECT_TRUE(a.nextTimeout().isNever());
  a.abort(couple.now);
  EXPECT_EQ(a.state(), State::kClosed);
  a.connect(couple.now);
  a.shutdown(couple.now);
  a.abort(couple.now);
  a.receive(couple.now, Bytes(100));
  EXPECT_EQ(a.state(), State::kClosed);
  EXPECT_TRUE(couple.next<AssociationClosed>(a));
  EXPECT_FALSE(a.pollEvent());
  PacketBuffer packet;
  EXPECT_FALSE(a.pollTransmit(packet));
}

TEST(Association, APoolWithoutBuffersIsALossyNetwork) {
  SeededRandom random(1);
  PacketPool pool(0);
  Association a({}, random, pool);
  a.connect(TimePoint::fromMicros(1));
  PacketBuffer packet;
  EXPECT_FALSE(a.pollTransmit(packet));
  EXPECT_EQ(a.stats().packetsDropped, 1u);
}

TEST(Association, ThreadsMayDriveTheirOwnAtTheSameTime) {
  std::vector<std::thread> threads;
  std::array<size_t, 4> received{};
  for (size_t t = 0; t < received.size(); ++t) {
    threads.emplace_back([t, &received] {
      for (uint64_t life = 0; life < 20; ++life) {
        Couple couple(t * 1000 + life);
        couple.connect();
        for (int i = 0; i < 20; ++i) {
          (void)couple.a.send(couple.now, 0, 53, Bytes(3000), {});
          couple.pass();
          couple.now = couple.now + Duration::millis(10);
          couple.a.handleTimeout(couple.now);
          couple.b.handleTimeout(couple.now);
        }
        while (couple.next<MessageReceived>(couple.b)) ++received[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const size_t count : received) EXPECT_EQ(count, 400u);
}

}  // namespace
}  // namespace tincan::inline v0::sctp

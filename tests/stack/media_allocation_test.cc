// Media allocates nothing, once its buffers have grown.
#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <gtest/gtest.h>

#include "rtp/header.h"
#include "rtp/payload/vp8.h"
#include "session/outbound_stream.h"
#include "tests/allocation_count.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

// From the encoded picture to the packets parsed at the far end: packetizer, header, pacer, retransmission buffer,
// SRTP, ICE and the queues. Nothing is allocated, not even for a picture.
TEST(Transport, MediaAllocatesNothing) {
  Wire wire;
  ASSERT_TRUE(wire.connect());
  session::OutboundStream::Config config;
  config.ssrc = Ssrc(77);
  config.rtxSsrc = Ssrc(78);
  config.mid = "0";
  config.payloadType = PayloadType(96);
  config.rtxPayloadType = PayloadType(97);
  config.nack = true;
  config.extensions.add(rtp::ExtensionKind::kMid, 4);
  config.extensions.add(rtp::ExtensionKind::kAbsSendTime, 2);
  config.extensions.add(rtp::ExtensionKind::kTransportSequence, 3);
  session::SendQueue queue({}, wire[0], 0);
  queue.setPacingRate(6'000'000);
  session::OutboundStream sender(config, queue, wire.random(), wire.pool());
  rtp::Vp8Packetizer packetizer(1);
  const Bytes encoded(10 * sender.maxPayload() - 100);

  // Thirty pictures a second in ten packets each, which leave over half of their time; consent is checked meanwhile.
  uint32_t received = 0;
  size_t allocated = 0;
  const auto send = [&](uint32_t timestamp) {
    packetizer.setFrame(encoded, sender.maxPayload());
    for (bool last = false; packetizer.packetsLeft() > 0;) {
      PacketBuffer payload = wire.pool().allocate();
      if (packetizer.next(payload, last)) sender.add(wire.now(), std::move(payload), last, timestamp);
    }
  };
  const auto carry = [&] {
    queue.flush(wire.now());
    wire.carry(0);
    Transport::Media media;
    rtp::Header header;
    while (wire[1].pollMedia(media)) received += rtp::Header::parse(media.packet.view(), header) ? 1 : 0;
  };
  const auto run = [&](uint32_t pictures) {
    for (uint32_t picture = 0; picture < pictures; ++picture) {
      allocated += test::allocationsOf([&] { send(picture * 3000); });
      for (int step = 0; step < 8; ++step) {
        allocated += test::allocationsOf(carry);
        wire.advance(Duration::millis(4));
      }
      wire.carry(1);
      for (int end = 0; end < 2; ++end) wire[end].handleTimeout(wire.now());
    }
  };
#ifdef TINCAN_MALLOC_HOOKS
  constexpr uint32_t kPictures = 1000;
#else
  constexpr uint32_t kPictures = 10'000;
#endif
  run(kPictures / 2);
  received = 0;
  allocated = 0;
  run(kPictures);
  EXPECT_EQ(allocated, 0u);
  EXPECT_EQ(received, 10u * kPictures);
}

// A whole session that captures, encodes and sends. A frame costs a few: its samples, what the encoder gives, and the
// event that captures it. The packets made of it cost nothing, as the test above shows; reports come once a second.
TEST(MediaSession, SendingAllocatesAFewTimesAFrame) {
  SessionOnWire on({}, true);
  for (auto& section : on.sections) section.receive = false;
  ASSERT_TRUE(on.wire.connect());
  on.session.apply(on.sections);
  const auto frames = [&] {
    RTCStatsReport stats;
    on.session.addStats(on.wire.now(), stats);
    uint64_t encoded = 0;
    for (const auto& stream : stats.outboundRtp) encoded += stream.framesEncoded;
    return encoded;
  };
  on.run(Duration::seconds(2));
  const uint64_t before = frames();
  const size_t allocated = test::allocationsOf([&] { on.run(Duration::seconds(4)); });
  const uint64_t made = frames() - before;
  EXPECT_GE(made, 4u * (30 + 50) - 4);
  EXPECT_LE(allocated, 8 * made);
  std::printf("sending: %.1f allocations a frame\n", static_cast<double>(allocated) / static_cast<double>(made));
}

// From the datagram to the frame put together: ICE, SRTP, the queues, statistics, transport-wide counting and the
// jitter buffers. Nobody decodes. Pictures of three packets and a sound each.
TEST(MediaSession, ReceivingAllocatesNothingAPacket) {
  SessionOnWire on;
  for (auto& section : on.sections) section.send = false;
  on.sections[1].codecs[0].feedback.push_back("transport-cc");
  on.session.apply(on.sections);
  ASSERT_TRUE(on.wire.connect());

  Bytes first(1000), middle(1000);
  const std::array<uint8_t, 11> head = {0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 64, 0};  // a key frame of 64 × 64
  std::copy(head.begin(), head.end(), first.begin());
  const std::array<uint8_t, 3> sound = {0x78, 1, 2};
  uint16_t pictureSequence = 0, soundSequence = 0;
  size_t receiving = 0, timers = 0;
  const auto run = [&](uint32_t pictures) {
    for (uint32_t i = 0; i < pictures; ++i) {
      const uint32_t timestamp = soundSequence * 1800u;
      on.fromPeer(SessionOnWire::kVp8Type, 5000, pictureSequence++, timestamp, first, false);
      on.fromPeer(SessionOnWire::kVp8Type, 5000, pictureSequence++, timestamp, middle, false);
      on.fromPeer(SessionOnWire::kVp8Type, 5000, pictureSequence++, timestamp, middle, true);
      on.fromPeer(SessionOnWire::kOpusType, 6000, soundSequence, soundSequence * 960u, sound);
      ++soundSequence;
      receiving += test::allocationsOf([&] {
        on.wire.carry(1);
        on.session.receive(on.wire[0]);
      });
      timers += test::allocationsOf([&] { on.session.handleTimeout(on.wire.now()); });
      on.wire.carry(0);
      for (Transport::Media report; on.wire[1].pollMedia(report);) {
      }
      on.wire.advance(Duration::millis(20));
      for (int end = 0; end < 2; ++end) on.wire[end].handleTimeout(on.wire.now());
    }
  };
#ifdef TINCAN_MALLOC_HOOKS
  constexpr uint32_t kPictures = 500;
#else
  constexpr uint32_t kPictures = 25'000;
#endif
  const uint32_t warmUp = std::max(kPictures / 5, 500u);  // ten seconds: consent checks and reports have come too
  run(warmUp);
  receiving = timers = 0;
  run(kPictures);
  RTCStatsReport stats;
  on.session.addStats(on.wire.now(), stats);
  ASSERT_EQ(stats.inboundRtp.size(), 2u);
  const uint64_t frames = warmUp + kPictures;
  for (const auto& stream : stats.inboundRtp) {
    EXPECT_EQ(stream.packetsReceived, stream.kind == "video" ? 3 * frames : frames);
    EXPECT_GE(stream.framesReceived, frames - 5);
  }
  EXPECT_EQ(receiving, 0u) << "in " << 4 * kPictures << " packets";
  // Reports are made of lists, once a second.
  const double seconds = kPictures * 0.02;
  EXPECT_LE(static_cast<double>(timers) / seconds, 40);
  std::printf("timers: %.1f allocations a second\n", static_cast<double>(timers) / seconds);
}

}  // namespace
}  // namespace tincan::inline v0::stack

// Media allocates nothing, once its buffers have grown.
#include <utility>

#include <gtest/gtest.h>

#include "rtp/header.h"
#include "stack/rtp_stream_sender.h"
#include "tests/allocation_count.h"
#include "tests/stack/wire.h"

namespace tincan::stack {
namespace {

// From the payload to the packet parsed at the far end: header, retransmission buffer, SRTP, ICE and the queues.
TEST(Transport, MediaAllocatesNothing) {
  Wire wire;
  ASSERT_TRUE(wire.connect());
  RtpStreamSender::Config config;
  config.ssrc = 77;
  config.rtxSsrc = 78;
  config.mid = "0";
  config.codec.name = "VP8";
  config.codec.payloadType = 96;
  config.codec.clockRate = 90'000;
  config.codec.feedback = {"nack"};
  config.codec.rtxPayloadType = uint8_t{97};
  config.extensions.add(rtp::ExtensionKind::kMid, 4);
  config.extensions.add(rtp::ExtensionKind::kAbsSendTime, 2);
  config.extensions.add(rtp::ExtensionKind::kTransportSequence, 3);
  uint16_t transportSequence = 0;
  RtpStreamSender sender(config, wire[0], transportSequence, wire.random(), wire.pool());

  // Bursts of ten, a picture each: the queues are used as a paced call uses them.
  uint32_t received = 0;
  const auto run = [&](int pictures) {
    for (int picture = 0; picture < pictures; ++picture) {
      for (int i = 0; i < 10; ++i) {
        PacketBuffer payload = wire.pool().allocate();
        if (!payload.resize(1000)) return false;
        sender.add(wire.now(), std::move(payload), i == 9, static_cast<uint32_t>(picture) * 3000);
      }
      sender.flush(wire.now());
      wire.carry(0);
      PacketBuffer packet;
      rtp::Header header;
      while (wire[1].pollRtp(packet)) received += rtp::Header::parse(packet.view(), header) ? 1 : 0;
      wire.advance(Duration::micros(100));  // consent checks are not media: the ten thousand pictures take a second
    }
    return true;
  };
#ifdef TINCAN_MALLOC_HOOKS
  constexpr int kPictures = 1000;
#else
  constexpr int kPictures = 10'000;
#endif
  ASSERT_TRUE(run(kPictures / 2));
  received = 0;
  bool ok = false;
  EXPECT_EQ(test::allocationsOf([&] { ok = run(kPictures); }), 0u);
  EXPECT_TRUE(ok);
  EXPECT_EQ(received, 10u * kPictures);
}

}  // namespace
}  // namespace tincan::stack

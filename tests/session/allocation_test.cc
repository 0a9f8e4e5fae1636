// A packet through a session takes nothing from the heap, once its buffers have grown: neither way, and not forwarded.
#include <gtest/gtest.h>

#include "tests/allocation_count.h"
#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

// From one session's stream to another's listener, and on to a third by a forwarding stream of its own.
class Relay final : public SessionListener {
 public:
  Relay(PacketSink& sink, RandomSource& random, PacketPool& pool)
      : pool_(pool), session({}, sink, *this, random, pool) {}
  void onPacket(InboundStream&, rtp::ReceivedPacket packet) override {
    const auto places = rtp::PacketRewriter::parse(packet.buffer.view(), extensionMap_);
    PacketBuffer copy = pool_.copy(packet.buffer.view());
    if (!first) first = packet.header.sequenceNumber;
    const auto sequence = static_cast<uint16_t>(packet.header.sequenceNumber - *first);
    if (places && out)
      forwarded += out->forward(packet.at, std::move(copy), *places, sequence, packet.header.timestamp);
  }
  void onCollision(TimePoint, OutboundStream&, const OutboundStream::Config&) override {}

 private:
  PacketPool& pool_;
  rtp::ExtensionMap extensionMap_ = extensionMap();

 public:
  RtpSession session;
  OutboundStream* out = nullptr;
  std::optional<uint16_t> first;
  uint64_t forwarded = 0;
};

class CountingSink final : public PacketSink {
 public:
  bool mediaReady() const override { return true; }
  void sendRtp(TimePoint now, std::span<PacketBuffer> packets) override {
    for (PacketBuffer& packet : packets) {
      ++count;
      if (to) to->receiveRtp(now, Ecn::kNotCapable, std::move(packet));
      packet.reset();
    }
  }
  void sendRtcp(TimePoint, PacketBuffer) override {}
  RtpSession* to = nullptr;
  uint64_t count = 0;
};

TEST(Allocation, APacketSentReceivedAndForwardedTakesNothing) {
  PacketPool pool;
  SeededRandom random(1);
  CountingSink line, far;
  Relay sender(line, random, pool), relay(far, random, pool);
  line.to = &relay.session;
  relay.session.setSections({pictureSection("1")});
  OutboundStream& stream = sender.session.add(pictureStream(10, "1", "h"));
  relay.out = &relay.session.add(pictureStream(50, "2"));
  for (RtpSession* session : {&sender.session, &relay.session}) session->queue().setPacingRate(20'000'000);
  TimePoint now = TimePoint::fromMicros(1'000'000);
  const auto run = [&](uint32_t packets) {
    for (uint32_t i = 0; i < packets; ++i) {
      PacketBuffer payload = pool.allocate();
      static_cast<void>(payload.resize(1000));
      stream.add(now, std::move(payload), true, 90 * i);
      sender.session.flush(now);
      relay.session.flush(now);
      now = now + Duration::millis(1);
    }
  };
  run(20'000);
  const uint64_t before = far.count;
  EXPECT_EQ(test::allocationsOf([&] { run(100'000); }), 0u);
  EXPECT_GE(far.count - before, 99'000u);
  EXPECT_EQ(relay.forwarded, 120'000u);
}

}  // namespace
}  // namespace tincan::inline v0::session

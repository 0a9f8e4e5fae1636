// The whole path of a packet allocates nothing, sockets included: payload, header, SRTP, driver, kernel, and back.
#include <array>
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"
#include "net/driver.h"
#include "net/shared_udp_port.h"
#include "rtp/header.h"
#include "rtp/srtp_session.h"
#include "tests/allocation_count.h"
#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0 {
namespace {

constexpr size_t kBurst = 50;
constexpr uint8_t kCheck[] = {0, 1, 0, 8,  0x21, 0x12, 0xA4, 0x42, 1, 2, 3,   4,   5,   6,
                              7, 8, 9, 10, 11,   12,   0,    6,    0, 3, 'b', ':', 'a', 0};

crypto::SrtpKeys keys() {
  SeededRandom random(1);
  return rtp::loopKeys(crypto::SrtpProfile::kAeadAes128Gcm, random);
}

/// Protects and unprotects as a transport does, and has a timer as one. Sends a burst whenever the far end's has come.
class SrtpEnd final : public Endpoint {
 public:
  SrtpEnd(PacketPool& pool, uint32_t ssrc) : pool_(pool), ssrc_(ssrc), session_(keys()) { payload_.fill(7); }

  void receive(TimePoint, const Route& route, PacketBuffer packet) override {
    far = route;
    if (packet.data()[0] < 4) {
      if (packet.data()[0] == 0) answer_ = std::move(packet);
      return;
    }
    rtp::Header header;
    if (!session_.unprotect(packet).ok() || !rtp::Header::parse(packet.view(), header)) return;
    if (++received % kBurst != 0) return;
    toSend = kBurst;
    wake_();
  }
  bool pollTransmit(TimePoint, Transmit& out) override {
    out.route = far;
    if (answer_) {
      answer_.data()[0] = 1;  // a success
      answer_.data()[1] = 1;
      out.packet = std::move(answer_);
      return true;
    }
    if (checks > 0) {
      --checks;
      out.packet = pool_.copy(kCheck);
      return true;
    }
    if (toSend == 0) return false;
    // The last packet of a burst is shorter, as that of a frame is.
    const size_t size = --toSend == 0 ? 300 : 1100;
    out.packet = pool_.allocate();
    rtp::Header header;
    header.payloadType = PayloadType(96);
    header.sequenceNumber = sequence_++;
    header.ssrc = Ssrc(ssrc_);
    return out.packet.append(ByteView(payload_).first(size)) && rtp::prependHeader(out.packet, header) &&
           session_.protect(out.packet).ok();
  }
  void handleTimeout(TimePoint now) override {
    deadline_ = now + Duration::millis(1);
    ++timeouts;
  }
  TimePoint nextTimeout() const override { return deadline_; }
  bool pollIoRequest(IoRequest& out) override {
    if (asked_) return false;
    asked_ = true;
    out = OpenUdp{1, opened};
    return true;
  }
  void handleIoResult(TimePoint, IoResult result) override {
    if (const auto* done = std::get_if<UdpOpened>(&result)) {
      for (const SocketAddress& each : done->locals) {
        if (each.ip == IpAddress::loopbackV4()) opened = each;
      }
    }
  }
  bool dispatchEvents(TimePoint) override { return false; }
  std::array<std::string_view, 2> ufrags() const override { return {"b"}; }
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }
  void wake() { wake_(); }

  SocketAddress opened;
  Route far;
  size_t toSend = 0, checks = 0, received = 0, timeouts = 0;

 private:
  PacketPool& pool_;
  const uint32_t ssrc_;
  rtp::SrtpSession session_;
  std::array<uint8_t, 1100> payload_{};
  PacketBuffer answer_;
  uint16_t sequence_ = 0;
  TimePoint deadline_ = TimePoint::fromMicros(0);
  bool asked_ = false;
  std::function<void()> wake_;
};

/// With sockets of its own, and on a port that it shares.
class PathAllocation : public testing::TestWithParam<bool> {};

TEST_P(PathAllocation, NothingAPacket) {
  net::Loop loop;
  net::DriverConfig config;
  config.includeLoopback = true;
  std::unique_ptr<net::SharedUdpPort> shared;
  if (GetParam()) shared = net::SharedUdpPort::open(loop, 0, config).value();
  SrtpEnd a(loop.pool(), 1), b(loop.pool(), 2);
  a.opened = {IpAddress::loopbackV4(), 0};
  if (!shared) b.opened = a.opened;
  net::Driver driverA(loop, a, config);
  config.sharedPort = shared.get();
  net::Driver driverB(loop, b, config);
  const Duration patience = Duration::seconds(60);
  ASSERT_TRUE(loop.runUntil([&] { return a.opened.port != 0 && b.opened.port != 0; }, patience));
  a.far = {Protocol::kUdp, a.opened, b.opened};
  a.checks = 1;
  a.wake();
  ASSERT_TRUE(loop.runUntil([&] { return b.far.remote == a.opened; }, patience));
  a.toSend = kBurst;
  a.wake();

#ifdef TINCAN_MALLOC_HOOKS
  constexpr size_t kPackets = 10'000;
#else
  constexpr size_t kPackets = 100'000;
#endif
  size_t target = kPackets / 10;
  const std::function<bool()> done = [&] { return a.received >= target && b.received >= target; };
  ASSERT_TRUE(loop.runUntil(done, patience)) << "warm by now";
  target += kPackets;
  const size_t timeouts = a.timeouts;
  bool ok = false;
  EXPECT_EQ(test::allocationsOf([&] { ok = loop.runUntil(done, patience); }), 0u);
  EXPECT_TRUE(ok) << a.received << " and " << b.received;
  EXPECT_GT(a.timeouts, timeouts);
  EXPECT_EQ(driverA.stats().droppedQueueFull + driverB.stats().droppedQueueFull, 0u);
}

INSTANTIATE_TEST_SUITE_P(, PathAllocation, testing::Bool(),
                         [](const auto& each) { return each.param ? "SharedPort" : "OwnSockets"; });

}  // namespace
}  // namespace tincan::inline v0

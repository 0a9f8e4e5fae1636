// Packets a second through the kernel's loopback: batches (recvmmsg, sendmmsg; and segmented, GSO and GRO) beside one
// system call for each packet.

#include <algorithm>
#include <memory>
#include <sys/socket.h>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/endpoint.h"
#include "net/driver.h"
#include "net/sockaddr.h"
#include "net/udp_socket.h"

namespace tincan::net {
namespace {

constexpr size_t kPacketSize = 1200;
const SocketAddress kAnyLoopback{IpAddress::loopbackV4(), 0};

std::unique_ptr<UdpSocket> open(bool segmentation = false) {
  return std::move(UdpSocket::open(kAnyLoopback, {.segmentation = segmentation})).value();
}

void setCounters(benchmark::State& state, size_t packets) {
  state.SetItemsProcessed(static_cast<int64_t>(packets));
  state.SetBytesProcessed(static_cast<int64_t>(packets * kPacketSize));
}

// The raw primitive: one sendto and one recvfrom for each packet, 64 in flight as in the batches.
void sendtoRecvfrom(benchmark::State& state) {
  auto a = open(), b = open();
  sockaddr_storage to{};
  const socklen_t size = toSockaddr(b->local(), to);
  const Bytes packet(kPacketSize, 7);
  Bytes in(PacketBuffer::kCapacity);
  size_t packets = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < UdpSocket::kBatch; ++i)
      ::sendto(a->fd(), packet.data(), packet.size(), 0, generic(to), size);
    for (size_t i = 0; i < UdpSocket::kBatch; ++i) {
      sockaddr_storage from;
      socklen_t fromSize = sizeof from;
      if (::recvfrom(b->fd(), in.data(), in.size(), 0, generic(from), &fromSize) > 0) ++packets;
    }
  }
  setCounters(state, packets);
}
BENCHMARK(sendtoRecvfrom)->UseRealTime();

void batches(benchmark::State& state, bool segmentation) {
  auto a = open(segmentation), b = open(segmentation);
  PacketPool pool;
  UdpSocket::Inbox inbox;
  std::vector<UdpSocket::Datagram> out(UdpSocket::kBatch);
  for (auto& each : out) each = {b->local(), pool.copy(Bytes(kPacketSize, 7)), {}, {}};
  size_t packets = 0;
  for (auto _ : state) {
    a->send(out);
    packets += b->receive(pool, inbox).packets;
    for (auto& each : inbox.packets()) each.packet.reset();
  }
  setCounters(state, packets);
}
BENCHMARK_CAPTURE(batches, mmsg, false)->UseRealTime();
BENCHMARK_CAPTURE(batches, segmented, true)->UseRealTime();

/// Sends `kBatch` packets each time it has got all of the last ones, to itself.
class Pump final : public Endpoint {
 public:
  explicit Pump(PacketPool& pool) : pool_(pool) {}
  size_t received = 0;
  SocketAddress at;
  size_t toSend = 0;

  void receive(TimePoint, const Route&, PacketBuffer) override {
    if (++received % UdpSocket::kBatch == 0) toSend = UdpSocket::kBatch;
  }
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  bool pollTransmit(TimePoint, Transmit& out) override {
    if (toSend == 0) return false;
    --toSend;
    out.route = {Protocol::kUdp, at, at};
    out.packet = pool_.allocate();
    return out.packet.resize(kPacketSize);
  }
  bool pollIoRequest(IoRequest& out) override {
    if (asked_) return false;
    asked_ = true;
    out = OpenUdp{1, kAnyLoopback};
    return true;
  }
  void handleIoResult(TimePoint, IoResult result) override {
    at = std::get<UdpOpened>(result).locals.at(0);
    toSend = UdpSocket::kBatch;
  }
  bool dispatchEvents(TimePoint) override { return false; }

 private:
  PacketPool& pool_;
  bool asked_ = false;
};

// All of it: the loop, the driver, an endpoint. Each packet is sent and received once.
void throughTheDriver(benchmark::State& state) {
  Loop loop;
  Pump pump(loop.pool());
  Driver driver(loop, pump);
  size_t target = 0;
  for (auto _ : state) {
    target = std::max(target, pump.received) + UdpSocket::kBatch;
    if (!loop.runUntil([&] { return pump.received >= target; }, Duration::seconds(5))) {
      state.SkipWithError("packets were lost on loopback");
      break;
    }
  }
  setCounters(state, pump.received);
}
BENCHMARK(throughTheDriver)->UseRealTime();

}  // namespace
}  // namespace tincan::net

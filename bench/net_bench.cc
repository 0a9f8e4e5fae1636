// Packets a second through the kernel's loopback: batches (recvmmsg, sendmmsg; and segmented, GSO and GRO) beside one
// system call for each packet.

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <memory>
#include <sys/socket.h>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/endpoint.h"
#include "net/driver.h"
#include "net/shared_udp_port.h"
#include "net/sockaddr.h"
#include "net/udp_socket.h"
#include "tests/net/loop_thread.h"
#include "tests/net/named_endpoint.h"

namespace tincan::inline v0::net {
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

/// A loop's part of a port, with endpoints that answer checks and count what else comes.
class Sinks {
 public:
  Sinks(UdpPortGroup& group, const std::string& prefix, int count, std::atomic<size_t>& received) {
    thread_.call([&] {
      port_ = SharedUdpPort::join(thread_.loop, group).value();
      for (int i = 0; i < count; ++i) {
        auto& endpoint = *endpoints_.emplace_back(std::make_unique<NamedEndpoint>(prefix + std::to_string(i)));
        endpoint.sink = &received;
        drivers_.push_back(std::make_unique<Driver>(thread_.loop, endpoint, DriverConfig{.sharedPort = port_.get()}));
      }
    });
  }
  ~Sinks() {
    thread_.call([&] {
      drivers_.clear();
      port_.reset();
    });
  }
  uint64_t handedOver() {
    return thread_.call([&] { return port_->stats().handedOver; });
  }
  double cpuSeconds() {
    return thread_.call([] {
      timespec time{};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    });
  }

 private:
  LoopThread thread_;
  std::unique_ptr<SharedUdpPort> port_;
  std::vector<std::unique_ptr<NamedEndpoint>> endpoints_;
  std::vector<std::unique_ptr<Driver>> drivers_;
};

// Sixteen senders (this thread) to sixteen endpoints on one port, over as many loops, each a thread. The senders take
// CPU, too: on two cores, one loop has a core to itself, and two loops share what this thread leaves. What a loop costs
// (loop_ns) stays the same whatever the cores are; packets a second can grow only where there are cores for it.
void onePortOverLoops(benchmark::State& state) {
  constexpr int kEndpoints = 16;
  const auto loops = static_cast<int>(state.range(0));
  DriverConfig config;
  config.includeLoopback = true;
  auto group = UdpPortGroup::open(0, {.loops = static_cast<size_t>(loops)}, config).value();
  SocketAddress where;
  for (const SocketAddress& each : group->locals()) {
    if (each.ip == IpAddress::loopbackV4()) where = each;
  }
  std::atomic<size_t> received = 0;
  std::vector<std::unique_ptr<Sinks>> sinks;
  for (int i = 0; i < loops; ++i) {
    sinks.push_back(std::make_unique<Sinks>(*group, std::to_string(i) + "-", kEndpoints / loops, received));
  }
  PacketPool pool;
  std::vector<std::unique_ptr<UdpSocket>> senders;
  std::vector<UdpSocket::Datagram> batch(UdpSocket::kBatch);
  for (auto& each : batch) each = {where, pool.copy(Bytes(kPacketSize, 0x80)), {}, {}};
  size_t sent = 0;
  const auto send = [&](UdpSocket& from, size_t packets) {
    for (size_t done = 0; done < packets;) done += from.send(std::span(batch).subspan(done, packets - done)).consumed();
    sent += packets;
    while (received < sent) std::this_thread::yield();
  };
  // Checked, and known to the kernel.
  for (int i = 0; i < kEndpoints; ++i) {
    auto& sender = *senders.emplace_back(open(true));
    const std::string name = std::to_string(i % loops) + "-" + std::to_string(i / loops) + ":x";
    const std::array<UdpSocket::Datagram, 1> check = {
        UdpSocket::Datagram{where, pool.copy(stunMessage(kRequest, 1, name)), {}, {}}};
    sender.send(check);
    Bytes answer(100);
    while (::recv(sender.fd(), answer.data(), answer.size(), 0) < 0) std::this_thread::yield();
    send(sender, 8);
  }
  const auto sum = [&](auto what) {
    double total = 0;
    for (auto& each : sinks) total += static_cast<double>(((*each).*what)());
    return total;
  };
  const double handedOver = sum(&Sinks::handedOver), cpu = sum(&Sinks::cpuSeconds);
  const size_t before = received;
  for (auto _ : state) {
    // Two senders' batches are under way at a time, so that loops work side by side.
    for (size_t i = 0; i < senders.size(); ++i) {
      for (size_t done = 0; done < batch.size();) done += senders[i]->send(std::span(batch).subspan(done)).consumed();
      sent += batch.size();
      while (sent - received > 4 * UdpSocket::kBatch) std::this_thread::yield();
    }
  }
  while (received < sent) std::this_thread::yield();
  const auto packets = static_cast<double>(received - before);
  setCounters(state, received - before);
  state.counters["loop_ns"] = (sum(&Sinks::cpuSeconds) - cpu) * 1e9 / packets;
  state.counters["handed_over"] = (sum(&Sinks::handedOver) - handedOver) / packets;
}
BENCHMARK(onePortOverLoops)->ArgName("loops")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace tincan::inline v0::net

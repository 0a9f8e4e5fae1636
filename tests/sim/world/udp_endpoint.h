#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "base/endpoint.h"

namespace tincan::inline v0::sim {

/// The plainest endpoint: sockets on every address of its host at one port, a queue of packets to send, and what came in.
class UdpEndpoint : public Endpoint {
 public:
  struct Arrival {
    TimePoint time;
    Route route;
    Bytes bytes;
  };

  explicit UdpEndpoint(PacketPool& pool, uint16_t port = 0) : pool_(pool) {
    requests_.push_back(OpenUdp{1, {{}, port}});
  }

  void sendTo(const SocketAddress& remote, ByteView bytes) {
    sendTo(locals.empty() ? SocketAddress{} : locals[0], remote, bytes);
  }
  void sendTo(const SocketAddress& local, const SocketAddress& remote, ByteView bytes) {
    sendOn({Protocol::kUdp, local, remote}, bytes);
  }
  void sendOn(const Route& route, ByteView bytes) {
    outgoing_.push_back({route, pool_.copy(bytes)});
    if (wake_) wake_();
  }
  void ask(IoRequest request) {
    requests_.push_back(std::move(request));
    if (wake_) wake_();
  }

  std::vector<SocketAddress> locals;
  std::vector<Arrival> arrivals;
  std::vector<IoResult> answers;

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override {
    arrivals.push_back({now, route, toBytes(packet.view())});
    onPacket(now, route, packet.view());
  }
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  bool pollTransmit(TimePoint, Transmit& out) override {
    if (outgoing_.empty()) return false;
    out = std::move(outgoing_.front());
    outgoing_.pop_front();
    return true;
  }
  bool pollIoRequest(IoRequest& out) override {
    if (requests_.empty()) return false;
    out = std::move(requests_.front());
    requests_.pop_front();
    return true;
  }
  void handleIoResult(TimePoint, IoResult result) override {
    if (const auto* opened = std::get_if<UdpOpened>(&result)) locals = opened->locals;
    answers.push_back(std::move(result));
  }
  bool dispatchEvents(TimePoint) override { return false; }
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }

 protected:
  virtual void onPacket(TimePoint, const Route&, ByteView) {}
  PacketPool& pool() { return pool_; }

 private:
  PacketPool& pool_;
  std::deque<Transmit> outgoing_;
  std::deque<IoRequest> requests_;
  std::function<void()> wake_;
};

}  // namespace tincan::inline v0::sim

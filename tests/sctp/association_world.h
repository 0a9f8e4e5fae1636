#pragma once

#include <memory>
#include <vector>

#include "sctp/association.h"
#include "tests/sctp/network.h"

namespace tincan::inline v0::sctp::test {

/// Pairs of whole associations, over one line there and one line back, in virtual time. The same face as SenderWorld.
class AssociationWorld {
 public:
  struct Flow {
    Flow(const AssociationConfig& config, RandomSource& random, PacketPool& pool)
        : a(config, random, pool), b(config, random, pool) {}
    Association a;
    Association b;
    bool endless = false;
    size_t messageSize = 65'536;
    TimePoint from{};
    bool started = false;
    uint64_t bytes = 0;  ///< of messages that b has taken

    uint64_t received() const { return bytes; }
    uint64_t duplicates() const { return b.stats().duplicatesReceived; }
    SenderStats stats() const { return a.senderStats(); }
  };

  AssociationWorld(const LineConfig& there, const LineConfig& back, uint64_t seed)
      : forward(there, 2 * seed), backward(back, 2 * seed + 1), random_(seed) {}

  Flow& add(CongestionControl kind, TimePoint from = TimePoint::fromMicros(0)) {
    AssociationConfig config;
    config.mtu = 1191;
    config.congestionControl = kind;
    config.sendBuffer = 32 << 20;
    flows.push_back(std::make_unique<Flow>(config, random_, pool_));
    flows.back()->from = from;
    return *flows.back();
  }

  void run(Duration time) {
    const TimePoint end = now + time;
    while (true) {
      for (size_t i = 0; i < flows.size(); ++i) drain(i);
      TimePoint next = earlier(forward.nextArrival(), backward.nextArrival());
      for (const auto& flow : flows) {
        next = earlier(next, flow->started ? earlier(flow->a.nextTimeout(), flow->b.nextTimeout()) : flow->from);
      }
      if (next > end) break;
      now = std::max(now, next);
      deliver();
    }
    now = end;
  }

  TimePoint now = TimePoint::fromMicros(1'000'000);
  Line forward;
  Line backward;
  std::vector<std::unique_ptr<Flow>> flows;

 private:
  void drain(size_t i) {
    Flow& flow = *flows[i];
    if (!flow.started && flow.from <= now) {
      flow.started = true;
      flow.a.connect(now);
      flow.b.connect(now);
    }
    PacketBuffer packet;
    do {
      while (flow.endless && flow.a.takesMessages() && flow.a.bufferedAmount() < 2 * flow.messageSize) {
        if (flow.a.send(now, 1, 53, Bytes(flow.messageSize), {}) != Association::SendStatus::kSent) break;
      }
      if (!flow.a.pollTransmit(now, packet)) break;
      forward.send(now, i, toBytes(packet.view()));
    } while (true);
    while (auto event = flow.b.pollEvent()) {
      if (const auto* message = std::get_if<MessageReceived>(&*event)) flow.bytes += message->data.size();
    }
    while (flow.a.pollEvent() || flow.a.pollAmountFell()) {
    }
    while (flow.b.pollTransmit(now, packet)) backward.send(now, i, toBytes(packet.view()));
  }
  void deliver() {
    Line::Packet packet;
    while (forward.receive(now, packet)) {
      flows[packet.flow]->b.receive(now, packet.bytes);
      drain(packet.flow);
    }
    while (backward.receive(now, packet)) {
      flows[packet.flow]->a.receive(now, packet.bytes);
      drain(packet.flow);
    }
    for (const auto& flow : flows) {
      if (flow->a.nextTimeout() <= now) flow->a.handleTimeout(now);
      if (flow->b.nextTimeout() <= now) flow->b.handleTimeout(now);
    }
  }

  SeededRandom random_;
  PacketPool pool_;
};

}  // namespace tincan::inline v0::sctp::test

#pragma once

#include <memory>
#include <vector>

#include "sctp/tx/sender.h"
#include "tests/sctp/model_receiver.h"
#include "tests/sctp/network.h"

namespace tincan::inline v0::sctp::test {

/// Senders with a receiver each, over one line there and one line back, in virtual time.
class SenderWorld {
 public:
  struct Flow {
    Flow(const SenderConfig& config, uint32_t window) : sender(config), receiver(Tsn(0xfffffff0), window) {}
    Sender sender;
    ModelReceiver receiver;
    bool endless = false;  ///< it always has more to send
    size_t messageSize = 65536;
    TimePoint from{};  ///< when it begins
    uint64_t packets = 0;
    bool started = false;

    uint64_t received() const { return receiver.bytes; }
    uint64_t duplicates() const { return receiver.duplicates; }
    SenderStats stats() const { return sender.stats(); }
  };

  SenderWorld(const LineConfig& there, const LineConfig& back, uint64_t seed)
      : forward(there, 2 * seed), backward(back, 2 * seed + 1) {}
  SenderWorld(const LineConfig& both, uint64_t seed) : SenderWorld(both, backOf(both), seed) {}

  /// A bottleneck is there on the way forward alone.
  static LineConfig backOf(LineConfig line) {
    line.bitsPerSecond = 0;
    return line;
  }

  Flow& add(const SenderConfig& config, TimePoint from = TimePoint::fromMicros(0), uint32_t window = 32 << 20) {
    flows.push_back(std::make_unique<Flow>(config, window));
    flows.back()->from = from;
    return *flows.back();
  }

  Flow& add(CongestionControl kind, TimePoint from = TimePoint::fromMicros(0)) {
    SenderConfig config;
    config.congestionControl = kind;
    config.sendBuffer = 32 << 20;
    return add(config, from);
  }

  void run(Duration time) {
    const TimePoint end = now + time;
    while (true) {
      for (size_t i = 0; i < flows.size(); ++i) drain(i);
      TimePoint next = earlier(forward.nextArrival(), backward.nextArrival());
      for (const auto& flow : flows) {
        next = earlier(next, flow->started ? flow->sender.nextTimeout() : flow->from);
        next = earlier(next, flow->receiver.nextTimeout());
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
  bool interleaving = false;

 private:
  void start(Flow& flow) {
    if (flow.started || flow.from > now) return;
    flow.started = true;
    flow.sender.start(now, {Tsn(0xfffffff0), flow.receiver.window, interleaving, true});
  }
  void drain(size_t i) {
    Flow& flow = *flows[i];
    start(flow);
    if (!flow.started) return;
    while (true) {
      if (flow.endless) {
        while (flow.sender.bufferedAmount() < 2 * flow.messageSize) {
          if (flow.sender.send(now, StreamId(1), 53, Bytes(flow.messageSize), {}) != Sender::SendStatus::kSent) break;
        }
      }
      uint8_t packet[2048];
      ByteWriter writer(packet);
      writer.zeros(12);
      if (flow.sender.fill(now, writer) == 0) break;
      ++flow.packets;
      forward.send(now, i, toBytes(writer.written()));
    }
  }
  void deliver() {
    Line::Packet packet;
    while (forward.receive(now, packet)) {
      flows[packet.flow]->receiver.receive(now, packet.bytes);
      sendSack(packet.flow);
    }
    for (size_t i = 0; i < flows.size(); ++i) sendSack(i);
    while (backward.receive(now, packet)) {
      SackChunk& sack = sack_;
      if (readSack(ByteView(packet.bytes).subspan(4), sack)) flows[packet.flow]->sender.onSack(now, sack);
      drain(packet.flow);
    }
    for (const auto& flow : flows) {
      if (flow->started && flow->sender.nextTimeout() <= now) flow->sender.handleTimeout(now);
    }
  }
  void sendSack(size_t i) {
    if (!flows[i]->receiver.takeSack(now, sack_)) return;
    Bytes bytes(sack_.wireSize());
    ByteWriter writer(bytes);
    write(writer, sack_);
    backward.send(now, i, std::move(bytes));
  }

  SackChunk sack_;
};

}  // namespace tincan::inline v0::sctp::test

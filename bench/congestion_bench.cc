// What congestion control costs a packet: when it leaves, and when the far end reports it.
#include <vector>

#include <benchmark/benchmark.h>

#include "rtp/congestion/delay_loss_controller.h"
#include "rtp/congestion/sent_packets.h"
#include "rtp/transport_feedback_collector.h"

namespace {

using namespace tincan;

constexpr size_t kPackets = 500;  // a report of 100 ms at 48 Mb/s

class Sender {
 public:
  void send() {
    for (size_t i = 0; i < kPackets; ++i) {
      rtp::SentPacket packet;
      packet.sentAt = now_;
      packet.ssrc = Ssrc(1);
      packet.sequence = sequence_++;
      packet.size = 1200;
      packet.number = sent_.onSent(packet);
      controller_.onSent(packet);
      collector_.onPacket(static_cast<uint16_t>(packet.number), now_ + Duration::millis(50), Ssrc(1));
      now_ += Duration::micros(200);
    }
  }
  /// What of these packets the far end says.
  std::vector<rtp::rtcp::TransportFeedback> reports() {
    std::vector<rtp::rtcp::TransportFeedback> out;
    while (auto report = collector_.build()) out.push_back(std::move(*report));
    return out;
  }
  void take(const std::vector<rtp::rtcp::TransportFeedback>& reports) {
    for (const auto& report : reports) sent_.add(now_, report);
    controller_.onFeedback(sent_.take(now_));
    benchmark::DoNotOptimize(controller_.target());
    rtp::ProbeCluster cluster;
    while (controller_.pollProbe(cluster)) benchmark::DoNotOptimize(cluster);
  }

 private:
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  rtp::SentPackets sent_;
  rtp::DelayLossController controller_{now_, {1'000'000, 50'000, 100'000'000}};
  rtp::TransportFeedbackCollector collector_{Ssrc(2)};
  uint16_t sequence_ = 0;
};

void sent(benchmark::State& state) {
  rtp::SentPackets history;
  rtp::DelayLossController controller(TimePoint::fromMicros(1'000'000), {});
  TimePoint now = TimePoint::fromMicros(1'000'000);
  rtp::SentPacket packet;
  packet.ssrc = Ssrc(1);
  packet.size = 1200;
  for (auto _ : state) {
    packet.sentAt = now;
    ++packet.sequence;
    packet.number = history.onSent(packet);
    controller.onSent(packet);
    now += Duration::micros(200);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sent)->Name("congestion/a packet sent");

void reported(benchmark::State& state) {
  Sender sender;
  for (auto _ : state) {
    state.PauseTiming();
    sender.send();
    const auto reports = sender.reports();
    state.ResumeTiming();
    sender.take(reports);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kPackets));
}
BENCHMARK(reported)->Name("congestion/a packet reported");

}  // namespace

#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::sctp::test {

struct LineConfig {
  double bitsPerSecond = 0;  ///< 0: no bottleneck
  Duration delay = Duration::millis(20);
  size_t queueBytes = SIZE_MAX;  ///< of the bottleneck; what does not fit is dropped
  double loss = 0;               ///< of each packet, independently
  double reorder = 0;            ///< the part of packets that comes `reorderBy` later
  Duration reorderBy{};
};

/// One direction of a line in virtual time: a bottleneck with a drop-tail queue, then delay, loss and reordering by a seed.
/// Several flows may share it.
class Line {
 public:
  struct Packet {
    size_t flow = 0;
    Bytes bytes;
  };
  struct Stats {
    uint64_t packets = 0;
    uint64_t dropped = 0;  ///< by the queue
    uint64_t lost = 0;     ///< by chance
    uint64_t bytes = 0;
    double queueing = 0;  ///< sum of the packets' waiting times, s
    double queueingMax = 0;
    double meanQueueing() const { return packets ? queueing / static_cast<double>(packets) : 0; }
  };

  Line(const LineConfig& config, uint64_t seed) : config_(config), random_(seed) {}

  void send(TimePoint now, size_t flow, Bytes bytes) {
    TimePoint leaves = now;
    if (config_.bitsPerSecond > 0) {
      const Duration waits = busyUntil_ > now ? busyUntil_ - now : Duration();
      const double queued = waits.toSeconds() * config_.bitsPerSecond / 8;
      if (queued + static_cast<double>(bytes.size()) > static_cast<double>(config_.queueBytes)) {
        ++stats_.dropped;
        return;
      }
      stats_.queueing += waits.toSeconds();
      stats_.queueingMax = std::max(stats_.queueingMax, waits.toSeconds());
      const double nanos = static_cast<double>(bytes.size()) * 8e9 / config_.bitsPerSecond + carry_;
      const auto micros = static_cast<int64_t>(nanos / 1000);
      carry_ = nanos - static_cast<double>(micros) * 1000;
      busyUntil_ = now + waits + Duration::micros(micros);
      leaves = busyUntil_;
    }
    ++stats_.packets;
    stats_.bytes += bytes.size();
    if (drop && drop(stats_.packets, bytes)) {
      ++stats_.lost;
      return;
    }
    if (config_.loss > 0 && chance(config_.loss)) {
      ++stats_.lost;
      return;
    }
    Duration delay = config_.delay;
    if (config_.reorder > 0 && chance(config_.reorder)) delay += config_.reorderBy;
    arrivals_.push({leaves + delay, order_++, {flow, std::move(bytes)}});
  }
  TimePoint nextArrival() const { return arrivals_.empty() ? TimePoint::never() : arrivals_.top().at; }
  bool receive(TimePoint now, Packet& out) {
    if (nextArrival() > now) return false;
    out = std::move(const_cast<Arrival&>(arrivals_.top()).packet);
    arrivals_.pop();
    return true;
  }
  void configure(const LineConfig& config) { config_ = config; }
  const LineConfig& config() const { return config_; }
  const Stats& stats() const { return stats_; }
  void resetStats() { stats_ = Stats(); }

  /// Chooses packets to be lost, by their number (from 1) and bytes.
  std::function<bool(uint64_t, ByteView)> drop;

 private:
  struct Arrival {
    TimePoint at;
    uint64_t order;
    Packet packet;
    bool operator<(const Arrival& o) const { return at != o.at ? at > o.at : order > o.order; }
  };
  bool chance(double p) { return static_cast<double>(random_.below(1'000'000)) < p * 1e6; }

  LineConfig config_;
  SeededRandom random_;
  std::priority_queue<Arrival> arrivals_;
  TimePoint busyUntil_{};
  double carry_ = 0;  // ns
  uint64_t order_ = 0;
  Stats stats_;
};

}  // namespace tincan::inline v0::sctp::test

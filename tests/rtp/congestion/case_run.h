#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/rtp/congestion/cases.h"
#include "tests/rtp/congestion/other_flows.h"

namespace tincan::inline v0::rtp::line {

constexpr double kStart = 1;     // the events' clock begins here, in seconds
constexpr double kSettling = 5;  // of each phase, which utilisation leaves out
constexpr double kBucket = 0.2;  // of the plots
constexpr double kAllowedDrop = 1.5;

inline TimePoint at(double seconds) {
  return TimePoint::fromMicros(static_cast<int64_t>((kStart + seconds) * 1e6));
}
inline double secondsOf(TimePoint time) {
  return static_cast<double>(time.micros()) / 1e6 - kStart;
}
inline Duration millis(double ms) {
  return Duration::micros(static_cast<int64_t>(ms * 1000));
}

inline double rateBetween(const std::vector<Sample>& samples, double from, double until) {
  double bits = 0;
  for (const Sample& sample : samples) {
    const double left = secondsOf(sample.left);
    if (!sample.dropped && left >= from && left < until) bits += sample.size * 8.0;
  }
  return bits / (until - from);
}

inline double jain(const std::vector<double>& rates) {
  double sum = 0, squares = 0;
  for (const double rate : rates) {
    sum += rate;
    squares += rate * rate;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(rates.size()) * squares) : 0;
}

/// One case while it is run: the line, the flows, and what is asked of them in the end.
class Run {
 public:
  struct Phase {
    double from = 0, rate = 0;
  };

  Run(const std::string& name, const MakeController& make, uint64_t seed) : make_(make), seed_(seed) {
    out_.name = name;
  }

  Bottleneck& line(Bottleneck::Config config, std::vector<Phase> phases) {
    config.rate = phases.front().rate;
    auto& made = *lines_.emplace_back(std::make_unique<Bottleneck>(events_, config, seed_ * 31 + lines_.size()));
    for (const Phase& phase : phases) {
      events_.at(at(phase.from), [&made, rate = phase.rate] { made.setRate(rate); });
    }
    if (lines_.size() == 1) phases_ = std::move(phases);
    return made;
  }
  static Delay::Config delay(double oneWayMs, bool jitter = true) {
    // RFC 8868 §4.5.5: a deviation of 5 ms, and no more than 30 ms in all (RFC 8867 §4).
    return {millis(oneWayMs), jitter ? Duration::millis(5) : Duration::zero(), Duration::millis(15)};
  }
  MediaFlow& media(const std::string& name, const Path& path, double from, double until,
                   MediaFlow::Config config = {}) {
    config.seed = seed_ * 101 + flows_.size();
    auto& made = *media_.emplace_back(std::make_unique<MediaFlow>(events_, config, path, make_));
    made.startAt(at(from));
    made.stopAt(at(until));
    flows_.push_back({name, [&made]() -> const std::vector<Sample>& { return made.samples(); }, true, path.forward});
    return made;
  }
  TcpFlow& tcp(const std::string& name, const Path& path, double from, double until, TcpFlow::Config config = {}) {
    config.seed = seed_ * 103 + flows_.size();
    auto& made = *tcp_.emplace_back(std::make_unique<TcpFlow>(events_, config, path));
    made.startAt(at(from));
    made.stopAt(at(until));
    flows_.push_back({name, [&made]() -> const std::vector<Sample>& { return made.samples(); }, false, path.forward});
    return made;
  }
  void constant(const std::string& name, double rate, const Path& path, double from, double until) {
    auto& made = *constant_.emplace_back(std::make_unique<ConstantFlow>(events_, rate, path));
    made.run(at(from), at(until));
    flows_.push_back({name, [&made]() -> const std::vector<Sample>& { return made.samples(); }, false, path.forward});
  }

  void run(double seconds) {
    out_.seconds = seconds;
    events_.runUntil(at(seconds));
    measure();
    plot();
  }

  double rate(size_t flow, double from, double until) const { return rateBetween(flows_[flow].samples(), from, until); }
  /// When a flow has first sent so much over half a second; the end, if never.
  double reached(size_t flow, double wanted, double from = 0) const {
    for (double time = from; time + 0.5 < out_.seconds; time += 0.1) {
      if (rate(flow, time, time + 0.5) >= wanted) return time + 0.25 - from;
    }
    return out_.seconds;
  }
  void check(std::string what, double value, double bound, bool atLeast) {
    out_.checks.push_back({std::move(what), value, bound, atLeast});
  }
  void expectUtilisation(double least) { check("utilisation", out_.utilisation, least, true); }
  void expectQueue(double mean = 25, double p95 = 100) {
    check("queue mean, ms", out_.queueMean, mean, false);
    check("queue p95, ms", out_.queueP95, p95, false);
  }
  void expectLoss(double most = 0.01) { check("loss", out_.loss, most, false); }
  /// The longest that the queue stays above 100 ms after the rate has fallen.
  void expectDrops() {
    double longest = 0;
    for (size_t i = 1; i < phases_.size(); ++i) {
      if (phases_[i].rate < phases_[i - 1].rate) longest = std::max(longest, above(phases_[i].from, 100));
    }
    check("over 100 ms after a drop, s", longest, kAllowedDrop, false);
  }
  CaseResult& result() { return out_; }
  Events& events() { return events_; }
  uint64_t seed() const { return seed_; }
  /// A hop of the case's own; the first one is what the plot shows, as if it carried `rate`.
  template <class T>
  T& keep(std::unique_ptr<T> hop, double rate) {
    T& out = *hop;
    hops_.push_back(std::move(hop));
    if (phases_.empty()) phases_ = {{0, rate}};
    return out;
  }
  void setUtilisation(double share) { out_.utilisation = share; }

 private:
  struct Flow {
    std::string name;
    std::function<const std::vector<Sample>&()> samples;
    bool media;
    const Hop* line;
  };
  double end(size_t phase) const { return phase + 1 < phases_.size() ? phases_[phase + 1].from : out_.seconds; }
  /// How long after `from` the queue is first at most so long, and stays so for half a second.
  double above(double from, double ms) const {
    std::map<double, bool> seen;
    for (const Flow& flow : flows_) {
      if (!flow.media || flow.line != lines_[0].get()) continue;
      for (const Sample& sample : flow.samples()) {
        const double time = secondsOf(sample.at);
        if (time < from || time > from + 10) continue;
        seen[time] = seen[time] || static_cast<double>(sample.waited.micros()) > ms * 1000;
      }
    }
    double last = from;
    for (const auto& [time, over] : seen) {
      if (over && time - last > 0.5 && last > from) break;
      if (over) last = time;
    }
    return last - from;
  }
  void measure() {
    std::vector<double> waits;
    double packets = 0, dropped = 0;
    for (const Flow& flow : flows_) {
      if (!flow.media) continue;
      for (const Sample& sample : flow.samples()) {
        packets += 1;
        dropped += sample.dropped ? 1 : 0;
        if (!sample.dropped) waits.push_back(static_cast<double>(sample.waited.micros()) / 1000);
      }
    }
    std::sort(waits.begin(), waits.end());
    for (const double wait : waits) out_.queueMean += wait / static_cast<double>(waits.size());
    if (!waits.empty()) out_.queueP95 = waits[waits.size() * 95 / 100];
    out_.loss = packets > 0 ? dropped / packets : 0;
    out_.utilisation = 1;
    if (lines_.empty()) return;
    for (size_t i = 0; i < phases_.size(); ++i) {
      if (end(i) - phases_[i].from <= kSettling) continue;
      double sum = 0;
      for (const Flow& flow : flows_) {
        if (flow.line == lines_[0].get()) sum += rateBetween(flow.samples(), phases_[i].from + kSettling, end(i));
      }
      out_.utilisation = std::min(out_.utilisation, sum / phases_[i].rate);
    }
  }
  void plot() {
    const auto buckets = static_cast<size_t>(out_.seconds / kBucket);
    const auto bucketOf = [&](TimePoint time) {
      return std::min(static_cast<size_t>(std::max(secondsOf(time), 0.0) / kBucket), buckets - 1);
    };
    out_.capacity.assign(buckets, 0);
    for (size_t i = 0; i < phases_.size(); ++i) {
      for (size_t b = bucketOf(at(phases_[i].from)); b < buckets; ++b) out_.capacity[b] = phases_[i].rate;
    }
    out_.queue.assign(buckets, 0);
    std::vector<double> sent(buckets, 0), lost(buckets, 0);
    for (const Flow& flow : flows_) {
      Series series{flow.name, std::vector<double>(buckets, 0), flow.media};
      for (const Sample& sample : flow.samples()) {
        const size_t bucket = bucketOf(sample.at);
        if (flow.media) sent[bucket] += 1;
        if (flow.media && sample.dropped) lost[bucket] += 1;
        if (sample.dropped) continue;
        series.rates[bucketOf(sample.left)] += sample.size * 8 / kBucket;
        if (lines_.empty() ? flow.media : flow.line == lines_[0].get()) {
          out_.queue[bucket] = std::max(out_.queue[bucket], static_cast<double>(sample.waited.micros()) / 1000);
        }
      }
      out_.flows.push_back(std::move(series));
    }
    for (size_t b = 0; b < buckets; ++b) out_.lossOverTime.push_back(sent[b] > 0 ? lost[b] / sent[b] : 0);
  }

  const MakeController& make_;
  uint64_t seed_;
  Events events_;
  std::vector<std::unique_ptr<Bottleneck>> lines_;
  std::vector<std::shared_ptr<void>> hops_;
  std::vector<Phase> phases_;  // of the first line
  std::vector<std::unique_ptr<MediaFlow>> media_;
  std::vector<std::unique_ptr<TcpFlow>> tcp_;
  std::vector<std::unique_ptr<ConstantFlow>> constant_;
  std::vector<Flow> flows_;
  CaseResult out_;
};

}  // namespace tincan::inline v0::rtp::line

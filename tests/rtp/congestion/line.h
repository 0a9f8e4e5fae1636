#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "base/ecn.h"
#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::rtp::line {

/// The clock of a virtual line: what is to happen, in order of time and then of asking.
class Events {
 public:
  using Action = std::function<void()>;
  TimePoint now() const { return now_; }
  void at(TimePoint when, Action action) { heap_.push({std::max(when, now_), next_++, std::move(action)}); }
  void runUntil(TimePoint end) {
    while (!heap_.empty() && heap_.top().when <= end) {
      Event event = std::move(const_cast<Event&>(heap_.top()));
      heap_.pop();
      now_ = event.when;
      event.action();
    }
    now_ = end;
  }

 private:
  struct Event {
    TimePoint when;
    uint64_t order;
    Action action;
    bool operator<(const Event& other) const { return when != other.when ? when > other.when : order > other.order; }
  };
  std::priority_queue<Event> heap_;
  uint64_t next_ = 0;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

inline double uniform(RandomSource& random) {
  return static_cast<double>(random.u32()) / 4294967296.0;
}
/// RFC 8868 §4.5.5 draws from a normal distribution that is cut off.
inline double normal(RandomSource& random) {
  const double a = std::max(uniform(random), 1e-12), b = uniform(random);
  return std::sqrt(-2 * std::log(a)) * std::cos(2 * M_PI * b);
}

/// What became of a packet at a hop.
struct Outcome {
  bool dropped = false;
  bool marked = false;
  TimePoint leaves;  ///< when its last bit has left
  Duration waited;   ///< in the queue, its own time of transmission aside
};

/// What packets go through: it says of each what became of it, at once or when that is known, in the order of sending.
class Hop {
 public:
  using Done = std::function<void(const Outcome&)>;
  virtual ~Hop() = default;
  virtual void send(size_t bytes, Ecn ecn, Done done) = 0;
};

/// One direction of a bottleneck: a drop-tail queue, served at a rate that changes with time.
///
///     send ─► random loss ─► queue (drop-tail, in ms at the rate of the moment; marks CE above a ramp) ─► served
class Bottleneck final : public Hop {
 public:
  struct Config {
    double rate = 1e6;                       ///< bits a second
    Duration queue = Duration::millis(300);  ///< RFC 8867 §4: drop-tail, 300 ms
    double loss = 0;                         ///< random, before the queue
    bool marks = false;                      ///< ECT(1) is marked by a ramp, as DualPI2's L queue does (RFC 9332)
    Duration markFrom = Duration::millis(2), markAll = Duration::millis(10);
  };
  Bottleneck(Events& events, const Config& config, uint64_t seed) : events_(events), config_(config), random_(seed) {}

  /// From now on; what is in the queue is served at the new rate.
  void setRate(double rate) {
    const TimePoint now = events_.now();
    if (busyUntil_ > now) {
      busyUntil_ = now + Duration::micros(static_cast<int64_t>(static_cast<double>((busyUntil_ - now).micros()) *
                                                               config_.rate / rate));
    }
    config_.rate = rate;
  }
  double rate() const { return config_.rate; }
  Duration backlog() const { return std::max(busyUntil_ - events_.now(), Duration::zero()); }

  void send(size_t bytes, Ecn ecn, Done done) override { done(pass(bytes, ecn)); }

 private:
  Outcome pass(size_t bytes, Ecn ecn) {
    Outcome out;
    const TimePoint now = events_.now();
    out.waited = backlog();
    out.dropped = (config_.loss > 0 && uniform(random_) < config_.loss) || out.waited > config_.queue;
    if (out.dropped) return out;
    if (config_.marks && ecn == Ecn::kCapable1) {
      const double part =
          (out.waited - config_.markFrom).toSeconds() / (config_.markAll - config_.markFrom).toSeconds();
      out.marked = uniform(random_) < part;
    }
    const auto time = Duration::micros(static_cast<int64_t>(static_cast<double>(bytes) * 8e6 / config_.rate));
    busyUntil_ = std::max(busyUntil_, now) + time;
    out.leaves = busyUntil_;
    return out;
  }

  Events& events_;
  Config config_;
  SeededRandom random_;
  TimePoint busyUntil_;
};

/// What comes after the bottleneck: delay, and jitter that changes no order (RFC 8868 §4.5.5, NR-BPDV).
class Delay {
 public:
  struct Config {
    Duration oneWay = Duration::millis(50);
    Duration jitterDeviation = Duration::zero();  ///< of a normal distribution
    Duration jitterMost = Duration::zero();
  };
  Delay(const Config& config, uint64_t seed) : config_(config), random_(seed) {}
  TimePoint arrival(TimePoint leaves) {
    Duration jitter;
    if (config_.jitterMost > Duration::zero()) {
      const double drawn = std::fabs(normal(random_)) * static_cast<double>(config_.jitterDeviation.micros());
      jitter = std::min(Duration::micros(static_cast<int64_t>(drawn)), config_.jitterMost);
    }
    last_ = std::max(last_, leaves + config_.oneWay + jitter);
    return last_;
  }
  void setOneWay(Duration oneWay) { config_.oneWay = oneWay; }

 private:
  Config config_;
  SeededRandom random_;
  TimePoint last_;
};

}  // namespace tincan::inline v0::rtp::line

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/rtp/congestion/line.h"
#include "tests/rtp/congestion/media_flow.h"

namespace tincan::inline v0::rtp::line {

/// A TCP by its segments: slow start, CUBIC (RFC 9438 §4) with Reno's floor, fast recovery by SACK, time-outs. Sends
/// as much as it may, or a file and then another one after a pause.
class TcpFlow {
 public:
  struct Config {
    uint64_t fileBytes = 0;  ///< 0: without an end
    /// Of the exponential distribution that the time between two files is drawn from (RFC 8867 §5.7).
    Duration meanPause = Duration::seconds(10);
    bool pausesFirst = false;
    uint64_t seed = 1;
  };
  TcpFlow(Events& events, const Config& config, const Path& path)
      : events_(events), config_(config), path_(path), forward_(path.delay, config.seed), random_(config.seed) {}

  void startAt(TimePoint when) {
    events_.at(when, [this] {
      running_ = true;
      config_.pausesFirst ? pause() : begin();
    });
  }
  void stopAt(TimePoint when) {
    events_.at(when, [this] { running_ = false; });
  }
  const std::vector<Sample>& samples() const { return samples_; }

 private:
  static constexpr size_t kSegment = 1500;
  static constexpr double kCubic = 0.4, kCubicBeta = 0.7;  // RFC 9438 §5, §4.6

  void begin() {
    window_ = 10;  // RFC 6928 §2
    threshold_ = 1e9;
    atLoss_ = 0;
    const double spread = 0.75 + 0.5 * uniform(random_);
    left_ = config_.fileBytes == 0 ? INT64_MAX
                                   : static_cast<int64_t>(static_cast<double>(config_.fileBytes) * spread) /
                                         static_cast<int64_t>(kSegment);
    pump();
  }
  void pump() {
    while (running_ && left_ > 0 && static_cast<double>(outstanding_.size()) < window_) {
      send(next_++);
      if (left_ != INT64_MAX) --left_;
    }
    if (!timerArmed_ && !outstanding_.empty()) armTimer();
    if (left_ == 0 && outstanding_.empty() && running_ && !pausing_) pause();
  }
  void pause() {
    pausing_ = true;
    const double drawn = -std::log(std::max(uniform(random_), 1e-12)) * config_.meanPause.toSeconds();
    events_.at(events_.now() + Duration::micros(static_cast<int64_t>(drawn * 1e6)), [this] {
      pausing_ = false;
      if (running_) begin();
    });
  }
  void send(int64_t number) {
    outstanding_.insert(number);
    const TimePoint sentAt = events_.now();
    path_.forward->send(kSegment, Ecn::kNotCapable, [this, number, sentAt](const Outcome& outcome) {
      samples_.push_back({sentAt, outcome.leaves, outcome.waited, kSegment, outcome.dropped});
      if (outcome.dropped) return;
      const TimePoint back = forward_.arrival(outcome.leaves) + path_.delay.oneWay;
      events_.at(back, [this, number, sentAt] { acknowledged(number, sentAt); });
    });
  }
  void acknowledged(int64_t number, TimePoint sentAt) {
    if (outstanding_.erase(number) == 0) return;
    progressAt_ = events_.now();
    roundTrip_ = (events_.now() - sentAt).toSeconds();
    highest_ = std::max(highest_, number);
    if (window_ < threshold_) {
      window_ += 1;
    } else {
      grow();
    }
    // RFC 5681 §3.2: three later ones have come.
    std::vector<int64_t> lost;
    for (const int64_t waiting : outstanding_) {
      if (waiting > highest_ - 3) break;
      lost.push_back(waiting);
    }
    for (const int64_t gone : lost) {
      outstanding_.erase(gone);
      if (left_ != INT64_MAX) ++left_;
      if (gone >= recoverTo_) reduce();
    }
    pump();
  }
  void grow() {
    const double t = (events_.now() - reducedAt_).toSeconds() + roundTrip_;
    const double k = std::cbrt(atLoss_ * (1 - kCubicBeta) / kCubic);
    const double cubic = kCubic * std::pow(t - k, 3) + atLoss_;
    reno_ += 3 * (1 - kCubicBeta) / (1 + kCubicBeta) / window_;  // RFC 9438 §4.3
    const double aim = std::clamp(cubic, window_, 1.5 * window_);
    window_ = std::max(window_ + (aim - window_) / window_, reno_);
  }
  void reduce() {
    recoverTo_ = next_;
    atLoss_ = window_ < atLoss_ ? window_ * (1 + kCubicBeta) / 2 : window_;  // RFC 9438 §4.7
    window_ = std::max(2.0, window_ * kCubicBeta);
    reno_ = threshold_ = window_;
    reducedAt_ = events_.now();
  }
  void armTimer() {
    timerArmed_ = true;
    events_.at(events_.now() + Duration::millis(250), [this] {
      timerArmed_ = false;
      if (!outstanding_.empty() && (events_.now() - progressAt_).toSeconds() > std::max(1.0, 2 * roundTrip_)) {
        if (left_ != INT64_MAX) left_ += static_cast<int64_t>(outstanding_.size());
        outstanding_.clear();
        threshold_ = std::max(2.0, window_ / 2);
        window_ = 1;
        recoverTo_ = next_;
        progressAt_ = events_.now();
      }
      pump();
    });
  }

  Events& events_;
  Config config_;
  Path path_;
  Delay forward_;
  SeededRandom random_;
  bool running_ = false, timerArmed_ = false, pausing_ = false;
  int64_t next_ = 0, highest_ = -1, recoverTo_ = 0, left_ = 0;
  std::set<int64_t> outstanding_;
  double window_ = 10, threshold_ = 1e9, atLoss_ = 0, reno_ = 0, roundTrip_ = 0.2;
  TimePoint reducedAt_, progressAt_;
  std::vector<Sample> samples_;
};

/// Datagrams at a constant rate.
class ConstantFlow {
 public:
  ConstantFlow(Events& events, double rate, const Path& path) : events_(events), rate_(rate), path_(path) {}
  void run(TimePoint from, TimePoint until) {
    until_ = until;
    events_.at(from, [this] { send(); });
  }
  const std::vector<Sample>& samples() const { return samples_; }

 private:
  void send() {
    if (events_.now() >= until_) return;
    path_.forward->send(1000, Ecn::kNotCapable, [this, sentAt = events_.now()](const Outcome& outcome) {
      samples_.push_back({sentAt, outcome.leaves, outcome.waited, 1000, outcome.dropped});
    });
    events_.at(events_.now() + Duration::micros(static_cast<int64_t>(8000e6 / rate_)), [this] { send(); });
  }
  Events& events_;
  double rate_;
  Path path_;
  TimePoint until_;
  std::vector<Sample> samples_;
};

}  // namespace tincan::inline v0::rtp::line

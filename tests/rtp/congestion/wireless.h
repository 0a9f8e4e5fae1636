#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <vector>

#include "tests/rtp/congestion/line.h"

namespace tincan::inline v0::rtp::line {

/// A queue of packets that somebody else serves.
struct WaitingPackets {
  struct Packet {
    size_t bytes = 0;
    TimePoint came;
    Hop::Done done;
  };
  std::deque<Packet> packets;
  size_t most = 400;  ///< ns-3's queue of a Wi-Fi station

  bool push(TimePoint now, size_t bytes, Hop::Done done) {
    if (packets.size() >= most) {
      done({.dropped = true, .marked = false, .leaves = now, .waited = {}});
      return false;
    }
    packets.push_back({bytes, now, std::move(done)});
    return true;
  }
};

/// The air of one Wi-Fi cell (RFC 8869 §4): stations and the access point take turns by chance, one packet each time, and
/// pay for each with the overhead of IEEE 802.11 DCF; who send at the same time have both lost their time, and try again.
/// 802.11n at 5 GHz and MCS 11, as the authors' simulation has it.
class Air {
 public:
  static constexpr double kRate = 52e6;        // MCS 11: two streams, 16-QAM 1/2, 20 MHz
  static constexpr double kOverhead = 188e-6;  // DIFS 34, 7.5 slots of 9, preamble 40, SIFS 16, acknowledgement 31 µs
  static constexpr double kSlotShare = 1 / 8.0;  // another one has drawn the same slot, each
  static constexpr double kMostCollisions = 0.5;

  class Station final : public Hop {
   public:
    explicit Station(Air& air) : air_(air) {}
    void send(size_t bytes, Ecn, Done done) override {
      if (waiting_.push(air_.events_.now(), bytes, std::move(done))) air_.serve();
    }

   private:
    friend class Air;
    Air& air_;
    WaitingPackets waiting_;
  };

  Air(Events& events, uint64_t seed) : events_(events), random_(seed) {}
  Station& station() { return *stations_.emplace_back(std::make_unique<Station>(*this)); }
  /// Since the beginning: how much of the time somebody sent.
  double busy(double seconds) const { return busy_ / seconds; }

 private:
  void serve() {
    if (serving_) return;
    std::vector<Station*> ready;
    for (const auto& each : stations_) {
      if (!each->waiting_.packets.empty()) ready.push_back(each.get());
    }
    if (ready.empty()) return;
    serving_ = true;
    Station& next = *ready[random_.u32() % ready.size()];
    const auto& packet = next.waiting_.packets.front();
    const double collides = std::min(kMostCollisions, kSlotShare * static_cast<double>(ready.size() - 1) / 2);
    const bool lost = uniform(random_) < collides;
    const double seconds = kOverhead + static_cast<double>(packet.bytes) * 8 / kRate;
    busy_ += seconds;
    events_.at(events_.now() + Duration::micros(static_cast<int64_t>(seconds * 1e6)), [this, &next, lost, seconds] {
      serving_ = false;
      if (!lost) {
        auto sent = std::move(next.waiting_.packets.front());
        next.waiting_.packets.pop_front();
        const Duration own = Duration::micros(static_cast<int64_t>(seconds * 1e6));
        sent.done({.dropped = false,
                   .marked = false,
                   .leaves = events_.now(),
                   .waited = std::max(events_.now() - sent.came - own, Duration::zero())});
      }
      serve();
    });
  }

  Events& events_;
  SeededRandom random_;
  std::vector<std::unique_ptr<Station>> stations_;
  bool serving_ = false;
  double busy_ = 0;
};

/// One direction of a cell of LTE (RFC 8869 §3): each user has a queue of its own, and each millisecond goes to the one
/// whose channel is the best beside what it has had (proportional fair). Channels fade as they do for somebody who walks,
/// about a mean that may change; a tenth of the packets comes 8 ms later (HARQ).
class Cell {
 public:
  struct Config {
    double bandwidth = 10e6;      ///< Hz
    double mostEfficient = 5;     ///< bits a second and Hz: 64-QAM, what codes leave of it
    double implementation = 0.6;  ///< of Shannon's
    double doppler = 5.6;         ///< Hz: 3 km/h at 2 GHz
    size_t queue = 1000;          ///< packets
  };
  static constexpr double kTick = 0.001, kForget = 0.01;  // proportional fair: 100 ticks

  class User final : public Hop {
   public:
    User(Cell& cell, std::function<double(TimePoint)> decibels) : cell_(cell), decibels_(std::move(decibels)) {
      waiting_.most = cell.config_.queue;
      real_ = normal(cell.random_) * std::sqrt(0.5);
      imaginary_ = normal(cell.random_) * std::sqrt(0.5);
    }
    void send(size_t bytes, Ecn, Done done) override {
      if (waiting_.push(cell_.events_.now(), bytes, std::move(done))) cell_.arm();
    }

   private:
    friend class Cell;
    void fade() {
      // A walk whose memory is about a fifth of a turn of the Doppler shift.
      const double keep = std::exp(-kTick * 5 * cell_.config_.doppler), fresh = std::sqrt((1 - keep * keep) / 2);
      real_ = keep * real_ + fresh * normal(cell_.random_);
      imaginary_ = keep * imaginary_ + fresh * normal(cell_.random_);
      const double snr = std::pow(10, decibels_(cell_.events_.now()) / 10) * (real_ * real_ + imaginary_ * imaginary_);
      rate_ = cell_.config_.bandwidth *
              std::min(cell_.config_.implementation * std::log2(1 + snr), cell_.config_.mostEfficient);
    }
    Cell& cell_;
    std::function<double(TimePoint)> decibels_;
    WaitingPackets waiting_;
    double real_ = 0, imaginary_ = 0, rate_ = 0, had_ = 1, served_ = 0;
  };

  Cell(Events& events, const Config& config, uint64_t seed) : events_(events), config_(config), random_(seed) {}
  User& user(std::function<double(TimePoint)> decibels) {
    return *users_.emplace_back(std::make_unique<User>(*this, std::move(decibels)));
  }
  /// How many of the milliseconds went to somebody.
  double busy(double seconds) const { return static_cast<double>(ticks_) * kTick / seconds; }

 private:
  void arm() {
    if (armed_) return;
    armed_ = true;
    events_.at(events_.now() + Duration::millis(1), [this] { tick(); });
  }
  void tick() {
    armed_ = false;
    User* best = nullptr;
    for (const auto& user : users_) {
      user->fade();
      user->had_ *= 1 - kForget;
      if (user->waiting_.packets.empty()) continue;
      if (!best || user->rate_ / user->had_ > best->rate_ / best->had_) best = user.get();
    }
    if (!best) return;
    ++ticks_;
    best->had_ += kForget * best->rate_;
    best->served_ += best->rate_ * kTick / 8;
    auto& packets = best->waiting_.packets;
    while (!packets.empty() && best->served_ >= static_cast<double>(packets.front().bytes)) {
      auto sent = std::move(packets.front());
      packets.pop_front();
      best->served_ -= static_cast<double>(sent.bytes);
      const Duration again = uniform(random_) < 0.1 ? Duration::millis(8) : Duration::zero();
      sent.done({.dropped = false,
                 .marked = false,
                 .leaves = events_.now() + again,
                 .waited = std::max(events_.now() - sent.came - Duration::millis(1), Duration::zero())});
    }
    if (packets.empty()) best->served_ = 0;
    arm();
  }

  Events& events_;
  Config config_;
  SeededRandom random_;
  std::vector<std::unique_ptr<User>> users_;
  bool armed_ = false;
  uint64_t ticks_ = 0;
};

}  // namespace tincan::inline v0::rtp::line

#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::sctp::test {

/// Virtual time and a line between two sides, A and B, that loses and reorders. What the sides are, who derives from it
/// knows.
class VirtualLine {
 public:
  explicit VirtualLine(uint64_t seed) : random_(seed), network_(seed ^ 0x5eed) {}
  virtual ~VirtualLine() = default;
  VirtualLine(const VirtualLine&) = delete;
  VirtualLine& operator=(const VirtualLine&) = delete;

  /// Moves time on until `done`, at most `limit`; whether it came to be.
  bool runUntil(const std::function<bool()>& done, Duration limit = Duration::seconds(120)) {
    const TimePoint end = now + limit;
    drain();
    while (!done()) {
      TimePoint next = earlier(nextTimeout(false), nextTimeout(true));
      if (!inFlight_.empty()) next = earlier(next, inFlight_.begin()->first);
      if (next > end) {
        now = end;
        return done();
      }
      now = std::max(now, next);
      step();
    }
    return true;
  }
  void runFor(Duration duration) {
    const TimePoint end = now + duration;
    runUntil([] { return false; }, duration);
    now = end;
  }
  /// Both sides polled until nothing comes.
  void drain() {
    bool busy = true;
    while (busy) {
      busy = drainSide(false);
      busy = drainSide(true) || busy;
    }
  }

  TimePoint now = TimePoint::fromMicros(1'000'000);
  size_t packets = 0;

 protected:
  virtual TimePoint nextTimeout(bool isB) const = 0;
  virtual void handleTimeout(bool isB) = 0;
  virtual void receive(bool isB, const Bytes& packet) = 0;
  /// Takes what a side says and has to send; false when there was nothing.
  virtual bool drainSide(bool isB) = 0;

  bool chance(int percent) { return network_.below(100) < static_cast<uint64_t>(percent); }
  /// Puts a packet on the line; false where it gets lost. `jitter` above zero reorders.
  bool carry(bool toB, Bytes packet, int lossPercent, Duration delay, Duration jitter) {
    if (chance(lossPercent)) return false;
    const auto extra = static_cast<int64_t>(network_.below(static_cast<uint64_t>(jitter.micros()) + 1));
    inFlight_.emplace(now + delay + Duration::micros(extra), Packet{toB, std::move(packet)});
    return true;
  }

  SeededRandom random_;  // of the sides
  PacketPool pool_;

 private:
  struct Packet {
    bool toB;
    Bytes bytes;
  };

  void step() {
    while (!inFlight_.empty() && inFlight_.begin()->first <= now) {
      const Packet packet = std::move(inFlight_.begin()->second);
      inFlight_.erase(inFlight_.begin());
      receive(packet.toB, packet.bytes);
    }
    for (const bool b : {false, true})
      if (nextTimeout(b) <= now) handleTimeout(b);
    drain();
  }

  SeededRandom network_;
  std::multimap<TimePoint, Packet> inFlight_;
};

}  // namespace tincan::inline v0::sctp::test

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "sctp/association.h"

namespace tincan::inline v0::sctp::test {

/// What one association has said.
struct Heard {
  std::vector<MessageReceived> messages;
  std::vector<uint16_t> incomingResets, outgoingResets, refusedResets;
  size_t tooLarge = 0;
  bool up = false;
  bool closed = false;
  std::optional<Error> failed;
  AssociationUp streams;
};

/// Two associations of any make (the face is Association's), and a lossy line between them, in virtual time.
template <class A, class B>
class Couple {
 public:
  struct Line {
    int lossPercent = 0;
    Duration delay = Duration::millis(10);
    Duration jitter = Duration::zero();
    int duplicatePercent = 0;
  };

  Couple(uint64_t seed, Line way, AssociationConfig config = {}) : Couple(seed, way, config, config) {}
  Couple(uint64_t seed, Line way, AssociationConfig forA, AssociationConfig forB)
      : line(way), random_(seed), network_(seed ^ 0x5eed) {
    a = std::make_unique<A>(forA, random_, pool_);
    b = std::make_unique<B>(forB, random_, pool_);
  }

  void start() {
    a->connect(now);
    b->connect(now);
  }
  bool connect() {
    start();
    return runUntil([this] { return atA.up && atB.up; });
  }

  bool runUntil(const std::function<bool()>& done, Duration limit = Duration::seconds(120)) {
    const TimePoint end = now + limit;
    drain();
    while (!done()) {
      TimePoint next = earlier(a->nextTimeout(), b->nextTimeout());
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
  void drain() {
    bool busy = true;
    while (busy) {
      busy = drainOne(*a, true, atA);
      busy = drainOne(*b, false, atB) || busy;
    }
  }

  std::unique_ptr<A> a;
  std::unique_ptr<B> b;
  Heard atA, atB;
  Line line;
  TimePoint now = TimePoint::fromMicros(1'000'000);
  size_t packets = 0;
  /// Looks at each packet, true where it goes to B; false drops it.
  std::function<bool(bool toB, Bytes&)> filter;
  Fragmentation fragmentation = Fragmentation::kDefault;  ///< what the packet that it looks at says
  bool polls = true;                                      ///< events are taken as they come

 private:
  struct Packet {
    bool toB;
    Bytes bytes;
  };

  void step() {
    while (!inFlight_.empty() && inFlight_.begin()->first <= now) {
      const Packet packet = std::move(inFlight_.begin()->second);
      inFlight_.erase(inFlight_.begin());
      packet.toB ? b->receive(now, packet.bytes) : a->receive(now, packet.bytes);
    }
    if (a->nextTimeout() <= now) a->handleTimeout(now);
    if (b->nextTimeout() <= now) b->handleTimeout(now);
    drain();
  }

  template <class Side>
  bool drainOne(Side& from, bool toB, Heard& heard) {
    bool busy = false;
    PacketBuffer out;
    while (from.pollTransmit(out)) {
      busy = true;
      ++packets;
      Bytes bytes = toBytes(out.view());
      fragmentation = out.fragmentation();
      if (filter && !filter(toB, bytes)) continue;
      const int copies = network_.below(100) < static_cast<uint64_t>(line.duplicatePercent) ? 2 : 1;
      for (int i = 0; i < copies; ++i) {
        if (network_.below(100) < static_cast<uint64_t>(line.lossPercent)) continue;
        const auto extra = static_cast<int64_t>(network_.below(static_cast<uint64_t>(line.jitter.micros()) + 1));
        inFlight_.emplace(now + line.delay + Duration::micros(extra), Packet{toB, bytes});
      }
    }
    if (!polls) return busy;
    while (std::optional<AssociationEvent> event = from.pollEvent()) {
      busy = true;
      note(heard, std::move(*event));
    }
    return busy;
  }

  static void add(std::vector<uint16_t>& to, const std::vector<uint16_t>& streams) {
    to.insert(to.end(), streams.begin(), streams.end());
  }
  static void note(Heard& heard, AssociationEvent event) {
    if (auto* up = std::get_if<AssociationUp>(&event)) heard.up = true, heard.streams = *up;
    if (auto* message = std::get_if<MessageReceived>(&event)) heard.messages.push_back(std::move(*message));
    if (std::get_if<MessageTooLarge>(&event)) ++heard.tooLarge;
    if (auto* reset = std::get_if<IncomingReset>(&event)) add(heard.incomingResets, reset->streams);
    if (auto* reset = std::get_if<OutgoingReset>(&event)) add(heard.outgoingResets, reset->streams);
    if (auto* reset = std::get_if<ResetRefused>(&event)) add(heard.refusedResets, reset->streams);
    if (std::get_if<AssociationClosed>(&event)) heard.closed = true;
    if (auto* failed = std::get_if<AssociationFailed>(&event)) heard.failed = failed->error;
  }

  SeededRandom random_;
  SeededRandom network_;
  PacketPool pool_;
  std::multimap<TimePoint, Packet> inFlight_;
};

}  // namespace tincan::inline v0::sctp::test

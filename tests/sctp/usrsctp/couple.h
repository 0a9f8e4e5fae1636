#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sctp/association.h"
#include "tests/sctp/virtual_line.h"

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
class Couple : public VirtualLine {
 public:
  struct Line {
    int lossPercent = 0;
    Duration delay = Duration::millis(10);
    Duration jitter = Duration::zero();
    int duplicatePercent = 0;
  };

  Couple(uint64_t seed, Line way, AssociationConfig config = {}) : Couple(seed, way, config, config) {}
  Couple(uint64_t seed, Line way, AssociationConfig forA, AssociationConfig forB) : VirtualLine(seed), line(way) {
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

  std::unique_ptr<A> a;
  std::unique_ptr<B> b;
  Heard atA, atB;
  Line line;
  /// Looks at each packet, true where it goes to B; false drops it.
  std::function<bool(bool toB, Bytes&)> filter;
  Fragmentation fragmentation = Fragmentation::kDefault;  ///< what the packet that it looks at says
  bool polls = true;                                      ///< events are taken as they come

 private:
  TimePoint nextTimeout(bool isB) const override { return isB ? b->nextTimeout() : a->nextTimeout(); }
  void handleTimeout(bool isB) override { isB ? b->handleTimeout(now) : a->handleTimeout(now); }
  void receive(bool isB, const Bytes& packet) override { isB ? b->receive(now, packet) : a->receive(now, packet); }
  bool drainSide(bool isB) override { return isB ? drainOne(*b, false, atB) : drainOne(*a, true, atA); }

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
      const int copies = chance(line.duplicatePercent) ? 2 : 1;
      for (int i = 0; i < copies; ++i) carry(toB, bytes, line.lossPercent, line.delay, line.jitter);
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
};

}  // namespace tincan::inline v0::sctp::test

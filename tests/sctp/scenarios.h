#pragma once

#include <cmath>
#include <vector>

#include "tests/sctp/association_world.h"
#include "tests/sctp/sender_world.h"

namespace tincan::inline v0::sctp::test {

// The lines on which the sending half is judged: asserted by tests/sctp/tx/lines_test.cc, printed as one table by
// bench/sctp_lines. Rates are of user data, in Mbit/s. Each with whole associations (World = AssociationWorld), or with the
// sending half and a receiver that is a model.

inline double megabits(uint64_t bytes, Duration time) {
  return static_cast<double>(bytes) * 8 / time.toSeconds() / 1e6;
}

/// Bytes that `rate` (bit/s) carries in a round trip.
inline size_t bandwidthDelay(double rate, Duration rtt) {
  return static_cast<size_t>(rate / 8 * rtt.toSeconds());
}

struct Outcome {
  double rate = 0;       ///< over the measured time
  double queueMean = 0;  ///< of the bottleneck, s
  double queueMax = 0;   ///< s
  SenderStats stats{};
  uint64_t duplicates = 0;  ///< chunks that the receiver had already
};

/// One endless flow; what happens in the first `warmUp` is not measured.
template <class World = SenderWorld>
Outcome runOne(CongestionControl kind, const LineConfig& there, const LineConfig& back, Duration warmUp,
               Duration measured, uint64_t seed) {
  World world(there, back, seed);
  auto& flow = world.add(kind);
  flow.endless = true;
  world.run(warmUp);
  world.forward.resetStats();
  const uint64_t before = flow.received();
  const uint64_t duplicates = flow.duplicates();
  world.run(measured);
  return {megabits(flow.received() - before, measured), world.forward.stats().meanQueueing(),
          world.forward.stats().queueingMax, flow.stats(), flow.duplicates() - duplicates};
}

/// 40 ms, nothing in the way: what arrives in the first second after the start, and at its end.
template <class World = SenderWorld>
Outcome cleanLine(CongestionControl kind, Duration rtt, uint64_t seed) {
  // 2 Gbit/s, as a network card would: else the window doubles until memory ends.
  const LineConfig there{.bitsPerSecond = 2e9, .delay = rtt / 2};
  World world(there, {.delay = rtt / 2}, seed);
  auto& flow = world.add(kind);
  flow.endless = true;
  world.run(Duration::millis(900));
  const uint64_t before = flow.received();
  world.run(Duration::millis(100));
  return {megabits(flow.received() - before, Duration::millis(100)), world.forward.stats().meanQueueing(),
          world.forward.stats().queueingMax, flow.stats(), flow.duplicates()};
}

/// A bottleneck with a queue of `queue` bandwidth-delay products.
template <class World = SenderWorld>
Outcome bottleneck(CongestionControl kind, double rate, Duration rtt, double queue, Duration warmUp, Duration measured,
                   uint64_t seed) {
  const auto bytes = static_cast<size_t>(queue * static_cast<double>(bandwidthDelay(rate, rtt)));
  return runOne<World>(kind, {.bitsPerSecond = rate, .delay = rtt / 2, .queueBytes = bytes}, {.delay = rtt / 2}, warmUp,
                       measured, seed);
}

/// Random loss in both directions.
template <class World = SenderWorld>
Outcome lossy(CongestionControl kind, double rate, Duration rtt, double loss, Duration warmUp, Duration measured,
              uint64_t seed) {
  return runOne<World>(kind,
                       {.bitsPerSecond = rate, .delay = rtt / 2, .queueBytes = bandwidthDelay(rate, rtt), .loss = loss},
                       {.delay = rtt / 2, .loss = loss}, warmUp, measured, seed);
}

/// A part of the packets comes later than those after them.
template <class World = SenderWorld>
Outcome reordered(CongestionControl kind, double rate, Duration rtt, double part, Duration by, uint64_t seed) {
  return runOne<World>(kind, {.bitsPerSecond = rate, .delay = rtt / 2, .reorder = part, .reorderBy = by},
                       {.delay = rtt / 2, .reorder = part, .reorderBy = by}, rtt * 8, Duration::seconds(1), seed);
}

/// Two flows through one bottleneck: what each got in the measured time.
template <class World = SenderWorld>
std::pair<double, double> twoFlows(CongestionControl first, CongestionControl second, double rate, Duration rtt,
                                   double queue, Duration apart, Duration warmUp, Duration measured, uint64_t seed) {
  const auto bytes = static_cast<size_t>(queue * static_cast<double>(bandwidthDelay(rate, rtt)));
  World world({.bitsPerSecond = rate, .delay = rtt / 2, .queueBytes = bytes}, {.delay = rtt / 2}, seed);
  auto& a = world.add(first);
  auto& b = world.add(second, world.now + apart);
  a.endless = b.endless = true;
  world.run(apart + warmUp);
  const uint64_t fromA = a.received();
  const uint64_t fromB = b.received();
  world.run(measured);
  return {megabits(a.received() - fromA, measured), megabits(b.received() - fromB, measured)};
}

/// What RFC 9438's own arithmetic gives CUBIC for each byte of Reno's, where both lose at the same moments: when the pipe,
/// `queue` bandwidth-delay products longer than the line, is full. T s after a loss Reno's window has grown from a half by
/// a packet a round trip, and CUBIC's from 0.7 to its maximum W along its curve, W = C T³ / 0.3 (§4.2), or in the Reno-friendly
/// region, W = 0.53 T / RTT / 0.3 (§4.3). T is where the two fill the pipe.
inline double cubicBesideReno(double rate, Duration rtt, double queue, double packet = 1191) {
  const double product = rate / 8 * rtt.toSeconds() / packet, pipe = product * (1 + queue);
  double reno = 0, cubic = 0;
  for (double t = 0; reno + cubic < pipe; t += 0.001) {
    const double round = rtt.toSeconds() * std::max(1.0, 0.85 * (1 + queue));  // the queue is seldom empty
    reno = 2 * t / round;
    cubic = std::max(0.4 * t * t * t / 0.3, 0.53 * t / round / 0.3);
  }
  const double cubicMean = cubic * (1 - 0.3 / 4),
               renoMean = reno * 0.75;  // of a curve of the third degree, and of a saw
  return cubicMean / renoMean;
}

inline double jain(double a, double b) {
  return (a + b) * (a + b) / (2 * (a * a + b * b));
}

/// A message of `packets` packets, one of which is lost `times` times: how long until all of it has come, in round trips
/// after the first packet was sent.
struct TailOutcome {
  double roundTrips = 0;
  SenderStats stats{};
};
inline TailOutcome lostPacket(CongestionControl kind, Duration rtt, size_t packets, size_t which, int times,
                              uint64_t seed) {
  SenderWorld world({.delay = rtt / 2}, seed);
  auto& flow = world.add(kind);
  world.run(Duration::zero());
  const size_t payload = (SenderConfig().maxPacket - 12 - 16) & ~size_t{3};
  // One before, so that the round trip is known.
  (void)flow.sender.send(world.now, StreamId(1), 53, Bytes(10), {});
  world.run(rtt * 3);
  uint32_t tsn = 0;
  int lost = 0;
  uint64_t seen = world.forward.stats().packets;
  world.forward.drop = [&](uint64_t number, ByteView packet) {
    if (number == seen + which) tsn = loadBe32(packet.data() + 16);
    const bool match = number >= seen + which && loadBe32(packet.data() + 16) == tsn && lost < times;
    lost += match;
    return match;
  };
  const TimePoint begin = world.now;
  (void)flow.sender.send(world.now, StreamId(1), 53, Bytes(payload * packets), {});
  const uint64_t all = 10 + payload * packets;
  for (int i = 0; i < 4000 && flow.receiver.bytes < all; ++i) world.run(rtt / 100);
  return {(world.now - begin).toSeconds() / rtt.toSeconds(), flow.sender.stats()};
}

}  // namespace tincan::inline v0::sctp::test

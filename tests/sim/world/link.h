#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/ecn.h"
#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::sim {

/// Bursts after Gilbert and Elliott: in the bad state packets are lost with `lossInBad`.
struct BurstLoss {
  double goodToBad = 0;  ///< probability per packet
  double badToGood = 1;
  double lossInBad = 1;
};

/// One direction of a wire. Probabilities are from 0 to 1. May be changed while packets are on their way: those that are
/// stay as they were decided.
struct LinkConfig {
  Duration delay = Duration::millis(5);
  Duration jitter = Duration::zero();  ///< uniform on top of the delay; never reorders
  double loss = 0;
  BurstLoss burst{};
  double reorder = 0;                            ///< how many packets are overtaken by those behind them
  Duration reorderDelay = Duration::millis(20);  ///< how late those are
  double duplicate = 0;
  int64_t bitsPerSecond = 0;               ///< 0: no limit
  Duration queue = Duration::millis(200);  ///< with a limit: what would wait longer is dropped
  /// ECT(1) is marked by a ramp of what waits, as DualPI2's L queue does (RFC 9332 §2.5); needs a limit.
  bool marks = false;
  Duration markFrom = Duration::millis(2), markAll = Duration::millis(10);
  bool bleaches = false;  ///< takes ECN marks off, as old routers do
  size_t mtu =
      1500;  ///< of the IP packet; what is larger is dropped, and nobody told, or (kAllowed) comes in fragments
  bool down = false;
  bool blocksUdp = false;  ///< a firewall that lets only TCP through
};

struct LinkStats {
  uint64_t passed = 0;
  uint64_t lost = 0;  ///< by chance, or the link was down
  uint64_t queueDrops = 0;
  uint64_t tooLarge = 0;
  uint64_t duplicated = 0;
  uint64_t marked = 0;  ///< with CE
  /// What was let in, by how long it waits in the queue: in each millisecond, and what waits longer than all of these.
  std::array<uint64_t, 512> waits{};
  /// What 95 of 100 packets wait less than.
  Duration queueP95() const;
};

/// Decides when, how often, and whether a packet arrives. Deterministic in its randomness; owned by a host or a NAT.
class Link {
 public:
  explicit Link(LinkConfig initial = {}) : config(initial) {}

  /// The times at which a packet of `ipSize` bytes that is put on the wire now comes out: none, one, or two.
  /// `ecn`: its mark, which may be another when it comes out.
  std::vector<TimePoint> send(TimePoint now, size_t ipSize, RandomSource& random, Ecn* ecn = nullptr);
  const LinkStats& stats() const { return stats_; }
  void forgetStats() { stats_ = {}; }

  LinkConfig config;
  /// How much longer packets take by what they are, as where a network serves some last. It is told the payload.
  std::function<Duration(ByteView)> detour;

 private:
  bool isLost(RandomSource& random);
  void mark(Duration waits, RandomSource& random, Ecn& ecn);

  LinkStats stats_;
  bool bad_ = false;
  TimePoint lineFree_;     // when the last packet has left the sender's queue
  TimePoint lastArrival_;  // of those that keep their order
};

/// True with probability `p`; draws nothing for 0, so that a feature that is off leaves the rest of a world as it was.
bool chance(RandomSource& random, double p);

}  // namespace tincan::inline v0::sim

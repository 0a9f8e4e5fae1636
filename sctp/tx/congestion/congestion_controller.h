#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.h"
#include "sctp/tx/congestion_control.h"
#include "sctp/tx/delivery_rate.h"

namespace tincan::inline v0::sctp {

/// A SACK that acknowledged something.
struct AckEvent {
  TimePoint now{};
  size_t ackedBytes = 0;       ///< newly, by gap blocks too
  size_t inFlightBefore = 0;   ///< before this SACK
  size_t inFlight = 0;         ///< after it, and after what it showed to be lost
  bool windowLimited = false;  ///< the window was used: only then it may grow (RFC 9260 §7.2.1)
  bool inRecovery = false;     ///< what it acknowledges was sent before the last reduction
  std::optional<Duration> rtt{};
  Duration srtt{};
  Duration minRtt{};
  int64_t newestAcked = 0;  ///< TSN
  int64_t nextTsn = 0;
  uint64_t delivered = 0;  ///< bytes, of all time
  uint64_t lost = 0;
  RateSample rate{};
};

/// A chunk found lost.
struct LossEvent {
  TimePoint now{};
  int64_t tsn = 0;
  size_t bytes = 0;
  uint64_t inFlightWhenSent = 0;  ///< with it
  uint64_t lostSinceSent = 0;     ///< bytes, with it
  bool appLimited = false;
  uint64_t delivered = 0;
};

/// How much may be in flight, and how fast it may leave. Windows are bytes of chunks. Owned by Sender.
class CongestionController {
 public:
  virtual ~CongestionController() = default;

  virtual void onSent(TimePoint /*now*/, size_t /*bytes*/, size_t /*inFlightBefore*/, bool /*appLimited*/) {}
  virtual void onAck(const AckEvent& event) = 0;
  /// Each chunk, before onCongestion.
  virtual void onLost(const LossEvent& /*event*/) {}
  /// Something was lost that was sent after the last reduction: once a round trip at most.
  virtual void onCongestion(TimePoint now, size_t inFlight) = 0;
  /// All that the last reduction was for has come twice: it was for nothing.
  virtual void onSpurious(TimePoint now) = 0;
  /// All that was outstanding at the last reduction has been acknowledged.
  virtual void onRecovered() {}
  /// T3 expired (RFC 9260 §7.2.3). `again`: nothing was acknowledged since it did before.
  virtual void onTimeout(TimePoint now, size_t inFlight, bool again) = 0;
  /// The path's packets have another size.
  virtual void setPacket(size_t bytes) = 0;

  virtual size_t window() const = 0;
  /// Bytes a second; 0: not paced.
  virtual uint64_t pacingRate(Duration srtt) const = 0;
  virtual bool inSlowStart() const = 0;
};

/// `packet`: what a packet has room for (PMDCS, RFC 9260 §7.2).
std::unique_ptr<CongestionController> makeCongestionController(CongestionControl kind, size_t packet, uint64_t seed);

/// RFC 9260 §7.2.1 for IPv4.
constexpr size_t standardInitialWindow(size_t packet) {
  return std::min(4 * packet, std::max(2 * packet, size_t{4404}));
}
/// A window a round trip, and so much more that pacing never holds back what the window allows: as Linux has it, twice in
/// slow start and a quarter more after it.
inline uint64_t windowPacingRate(size_t window, Duration srtt, bool slowStart) {
  if (srtt <= Duration::zero()) return 0;
  const uint64_t rate = window * 1'000'000 / static_cast<uint64_t>(srtt.micros());
  return slowStart ? 2 * rate : rate + rate / 4;
}

}  // namespace tincan::inline v0::sctp

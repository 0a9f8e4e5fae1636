#pragma once

#include <cstdint>
#include <optional>

#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/reports.h"
#include "rtp/stats/sender_clock.h"

namespace tincan::inline v0::rtp {

/// How one SSRC is received: what a report block says (RFC 3550 §6.4.1, appendices A.1, A.3 and A.8). Owned by the
/// receiving stream; fed with every packet as it came. Packets restored from RTX are not fed: they belong to the
/// statistics of their own SSRC (RFC 4588 §5.2), and loss on the path stays visible.
class ReceiveStatistics {
 public:
  ReceiveStatistics(Ssrc ssrc, uint32_t clockRate) : ssrc_(ssrc), clockRate_(clockRate), senderClock_(clockRate) {}

  enum class Arrival : uint8_t {
    kNewest,     ///< in order, or after a gap
    kOlder,      ///< late, or a duplicate
    kJump,       ///< far from all before it: not believed until the one after it follows (A.1); not counted
    kRestarted,  ///< it followed: the source has started anew
  };
  Arrival receive(TimePoint now, uint16_t sequenceNumber, uint32_t timestamp, size_t packetSize);
  void receiveSenderReport(TimePoint now, const rtcp::SenderReport& report);
  /// The source has gone over to a codec with another clock: jitter and its reports begin anew (RFC 7160 §4.1).
  void setClockRate(uint32_t clockRate);
  /// For the next SR or RR; begins a new interval for the fraction lost.
  rtcp::ReportBlock report(TimePoint now);

  Ssrc ssrc() const { return ssrc_; }
  uint64_t packetsReceived() const { return packets_; }
  uint64_t bytesReceived() const { return bytes_; }
  int64_t packetsLost() const { return started_ ? expected() - static_cast<int64_t>(received_) : 0; }
  Duration jitter() const;
  TimePoint lastArrival() const { return lastArrival_; }
  std::optional<NtpTime> lastSenderReport() const { return lastSenderReport_; }
  /// What the source's last sender report told, and how many came.
  struct SenderTold {
    uint64_t reports = 0;
    uint32_t packets = 0, octets = 0;
  };
  const SenderTold& senderTold() const { return senderTold_; }
  /// From the source's sender reports: when, in the sender's wall time, this RTP timestamp was sampled.
  std::optional<NtpTime> senderTime(uint32_t rtpTimestamp) const { return senderClock_.timeOf(rtpTimestamp); }

 private:
  int64_t expected() const { return int64_t{extendedHighest()} - baseSequence_ + 1; }
  uint32_t extendedHighest() const { return cycles_ + highest_; }
  void start(uint16_t sequenceNumber);
  void updateJitter(TimePoint now, uint32_t timestamp);

  Ssrc ssrc_;
  uint32_t clockRate_;
  bool started_ = false;
  uint16_t highest_ = 0;
  uint32_t cycles_ = 0;
  int64_t baseSequence_ = 0;
  std::optional<uint16_t> expectedAfterJump_;
  uint64_t received_ = 0;  // since the source (re)started
  int64_t expectedPrior_ = 0;
  uint64_t receivedPrior_ = 0;
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
  TimePoint lastArrival_ = TimePoint::never();
  bool hasTransit_ = false;
  uint32_t lastTransit_ = 0;
  uint32_t lastTimestamp_ = 0;
  uint32_t scaledJitter_ = 0;  // 16 × timestamp units, as A.8 keeps it
  std::optional<NtpTime> lastSenderReport_;
  TimePoint lastSenderReportArrival_;
  SenderTold senderTold_;
  SenderClock senderClock_;
};

}  // namespace tincan::inline v0::rtp

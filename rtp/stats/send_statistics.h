#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/reports.h"
#include "rtp/stats/reported_loss.h"

namespace tincan::inline v0::rtp {

/// What one SSRC has sent, and how the far end says it came (RFC 3550 §6.4.1). Owned by the sending stream.
class SendStatistics {
 public:
  SendStatistics(Ssrc ssrc, uint32_t clockRate) : ssrc_(ssrc), clockRate_(clockRate) {}

  /// `payloadSize` without header and padding: what the octet count counts.
  void sent(TimePoint now, uint32_t timestamp, size_t packetSize, size_t payloadSize);
  /// What the block adds to those before; none when it is about another SSRC. `wallNow` is the clock that our sender
  /// reports carry.
  std::optional<ReportedLoss> receiveReport(NtpTime wallNow, const rtcp::ReportBlock& block);
  /// The sender part of an SR, its RTP timestamp carried on from the last packet sent to `now`.
  rtcp::SenderReport senderReport(TimePoint now, NtpTime wallNow) const;

  Ssrc ssrc() const { return ssrc_; }
  bool hasSent() const { return packets_ > 0; }
  uint64_t packetsSent() const { return packets_; }
  uint64_t bytesSent() const { return bytes_; }
  uint64_t payloadBytesSent() const { return payloadBytes_; }
  /// Of the last report block that carried a sender report's time; smoothed by an eighth as RFC 6298 §2 does.
  std::optional<Duration> roundTripTime() const { return rtt_; }
  std::optional<Duration> smoothedRoundTripTime() const { return smoothedRtt_; }
  Duration roundTripSum() const { return rttSum_; }  ///< of all of them
  uint64_t roundTrips() const { return rttCount_; }
  std::optional<rtcp::ReportBlock> lastReport() const { return lastReport_; }
  double fractionLost() const { return lastReport_ ? lastReport_->fractionLost / 256.0 : 0.0; }
  Duration remoteJitter() const;

 private:
  Ssrc ssrc_;
  uint32_t clockRate_;
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
  uint64_t payloadBytes_ = 0;
  TimePoint lastSent_;
  uint32_t lastTimestamp_ = 0;
  std::optional<Duration> rtt_;
  std::optional<Duration> smoothedRtt_;
  Duration rttSum_;
  uint64_t rttCount_ = 0;
  std::optional<rtcp::ReportBlock> lastReport_;
  LossReports losses_;
};

/// RTT = A - LSR - DLSR (RFC 3550 §6.4.1), all in 1/65536 s modulo 2^32; none when no sender report was seen, or when
/// the block says that the answer came before the question.
std::optional<Duration> roundTripTime(NtpTime wallNow, const rtcp::ReportBlock& block);

}  // namespace tincan::inline v0::rtp

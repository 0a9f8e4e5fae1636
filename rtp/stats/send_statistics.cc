#include "rtp/stats/send_statistics.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

void SendStatistics::sent(TimePoint now, uint32_t timestamp, size_t packetSize, size_t payloadSize) {
  ++packets_;
  bytes_ += packetSize;
  payloadBytes_ += payloadSize;
  // The packets of a frame share its timestamp; the first of them is nearest to its sampling.
  if (packets_ > 1 && timestamp == lastTimestamp_) return;
  lastSent_ = now;
  lastTimestamp_ = timestamp;
}

std::optional<ReportedLoss> SendStatistics::receiveReport(NtpTime wallNow, const rtcp::ReportBlock& block) {
  if (block.ssrc != ssrc_) return std::nullopt;
  const bool first = !lastReport_;
  lastReport_ = block;
  if (const auto rtt = rtp::roundTripTime(wallNow, block)) {
    rtt_ = rtt;
    rttSum_ += *rtt;
    ++rttCount_;
    smoothedRtt_ = smoothedRtt_ ? (*smoothedRtt_ * 7 + *rtt) / 8 : *rtt;
  }
  ReportedLoss loss = losses_.next(block, packets_);
  // A stream that a negotiation has made anew goes on under its SSRC: what is lost in all is of those before it, too.
  if (first) loss.lost = (loss.expected * block.fractionLost + 128) / 256;
  return loss;
}

rtcp::SenderReport SendStatistics::senderReport(TimePoint now, NtpTime wallNow) const {
  rtcp::SenderReport report;
  report.sender = ssrc_;
  report.ntpTime = wallNow;
  // RFC 3550 §6.4.1: the RTP timestamp of the same instant as the NTP time, which is rarely that of a packet.
  const int64_t since = hasSent() ? (now - lastSent_).micros() : 0;
  const int64_t ticks = since / 1'000'000 * clockRate_ + since % 1'000'000 * clockRate_ / 1'000'000;
  report.rtpTimestamp = lastTimestamp_ + static_cast<uint32_t>(ticks);
  report.packetCount = static_cast<uint32_t>(packets_);
  report.octetCount = static_cast<uint32_t>(payloadBytes_);
  return report;
}

Duration SendStatistics::remoteJitter() const {
  return lastReport_ ? Duration::micros(int64_t{lastReport_->jitter} * 1'000'000 / clockRate_) : Duration::zero();
}

std::optional<Duration> roundTripTime(NtpTime wallNow, const rtcp::ReportBlock& block) {
  if (block.lastSenderReport == 0) return std::nullopt;
  const auto units = static_cast<int32_t>(wallNow.middle() - block.lastSenderReport - block.delaySinceLastSenderReport);
  // A path of a few microseconds may seem to run backwards: DLSR is in steps of 15 of them, and clocks are rounded.
  constexpr int32_t kRounding = 65536 / 1000;
  constexpr int32_t kLongest = 65536 * 60;  // a minute: no path, but a peer that makes things up
  if (units < -kRounding || units > kLongest) return std::nullopt;
  return Duration::micros(std::max<int64_t>(0, int64_t{units} * 1'000'000 / 65536));
}

}  // namespace tincan::inline v0::rtp

#include "rtp/stats/receive_statistics.h"

#include <algorithm>

namespace tincan::inline v0::rtp {
namespace {

constexpr uint16_t kMaxDropout = 3000;   // RFC 3550 A.1
constexpr uint16_t kMaxMisorder = 1000;  // RFC 3550 A.1 says 100; a burst of retransmissions brings older ones
constexpr uint32_t kCycle = 65536;

}  // namespace

// RFC 3550 A.1, without its probation of two packets: SRTP has authenticated this one, so the first counts.
ReceiveStatistics::Arrival ReceiveStatistics::receive(TimePoint now, uint16_t sequenceNumber, uint32_t timestamp,
                                                      size_t packetSize) {
  Arrival arrival = Arrival::kNewest;
  const auto ahead = static_cast<uint16_t>(sequenceNumber - highest_);
  if (!started_) {
    start(sequenceNumber);
  } else if (ahead != 0 && ahead < kMaxDropout) {
    if (sequenceNumber < highest_) cycles_ += kCycle;
    highest_ = sequenceNumber;
  } else if (ahead == 0 || ahead > static_cast<uint16_t>(kCycle - kMaxMisorder)) {
    arrival = Arrival::kOlder;
  } else if (expectedAfterJump_ == sequenceNumber) {
    start(sequenceNumber);
    arrival = Arrival::kRestarted;
  } else {
    expectedAfterJump_ = static_cast<uint16_t>(sequenceNumber + 1);
    return Arrival::kJump;
  }
  expectedAfterJump_.reset();
  ++received_;
  ++packets_;
  bytes_ += packetSize;
  lastArrival_ = now;
  if (arrival != Arrival::kOlder) updateJitter(now, timestamp);
  return arrival;
}

void ReceiveStatistics::start(uint16_t sequenceNumber) {
  started_ = true;
  highest_ = sequenceNumber;
  baseSequence_ = sequenceNumber;
  cycles_ = 0;
  received_ = 0;
  expectedPrior_ = 0;
  receivedPrior_ = 0;
  hasTransit_ = false;
}

// RFC 3550 A.8 in integers. The packets of one frame share a timestamp and leave one behind the other: only the first
// of them says something about the path.
void ReceiveStatistics::updateJitter(TimePoint now, uint32_t timestamp) {
  if (hasTransit_ && timestamp == lastTimestamp_) return;
  const int64_t seconds = now.micros() / 1'000'000;
  const int64_t micros = now.micros() % 1'000'000;
  const auto arrival = static_cast<uint32_t>(seconds * clockRate_ + micros * clockRate_ / 1'000'000);
  const uint32_t transit = arrival - timestamp;
  if (hasTransit_) {
    const auto difference = static_cast<int32_t>(transit - lastTransit_);
    const int64_t distance = difference < 0 ? -int64_t{difference} : int64_t{difference};
    // A jump of over five seconds is a new clock, not jitter.
    if (distance < int64_t{clockRate_} * 5) {
      scaledJitter_ = static_cast<uint32_t>(scaledJitter_ + distance - ((scaledJitter_ + 8) >> 4));
    }
  }
  hasTransit_ = true;
  lastTransit_ = transit;
  lastTimestamp_ = timestamp;
}

void ReceiveStatistics::setClockRate(uint32_t clockRate) {
  if (clockRate == clockRate_) return;
  clockRate_ = clockRate;
  hasTransit_ = false;
  scaledJitter_ = 0;
  senderClock_ = SenderClock(clockRate);
}

void ReceiveStatistics::receiveSenderReport(TimePoint now, const rtcp::SenderReport& report) {
  if (report.sender != ssrc_) return;
  lastSenderReport_ = report.ntpTime;
  lastSenderReportArrival_ = now;
  senderTold_ = {senderTold_.reports + 1, report.packetCount, report.octetCount};
  senderClock_.reported(report.ntpTime, report.rtpTimestamp);
}

rtcp::ReportBlock ReceiveStatistics::report(TimePoint now) {
  rtcp::ReportBlock block;
  block.ssrc = ssrc_;
  if (started_) {
    const int64_t expectedInterval = expected() - expectedPrior_;
    const int64_t lostInterval = expectedInterval - static_cast<int64_t>(received_ - receivedPrior_);
    expectedPrior_ = expected();
    receivedPrior_ = received_;
    if (expectedInterval > 0 && lostInterval > 0) {
      block.fractionLost = static_cast<uint8_t>(std::min<int64_t>(255, (lostInterval << 8) / expectedInterval));
    }
    // RFC 3550 §6.4.1 and A.3: 24 bits with sign, clamped.
    block.cumulativeLost = static_cast<int32_t>(std::clamp<int64_t>(packetsLost(), -0x800000, 0x7fffff));
    block.extendedHighestSequence = extendedHighest();
    block.jitter = scaledJitter_ >> 4;
  }
  if (lastSenderReport_) {
    const int64_t delay = std::max<int64_t>(0, (now - lastSenderReportArrival_).micros());
    block.lastSenderReport = lastSenderReport_->middle();
    block.delaySinceLastSenderReport = static_cast<uint32_t>(
        std::min<int64_t>(UINT32_MAX, delay / 1'000'000 * 65536 + delay % 1'000'000 * 65536 / 1'000'000));
  }
  return block;
}

Duration ReceiveStatistics::jitter() const {
  return Duration::micros(int64_t{scaledJitter_ >> 4} * 1'000'000 / clockRate_);
}

}  // namespace tincan::inline v0::rtp

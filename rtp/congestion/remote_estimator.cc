#include "rtp/congestion/remote_estimator.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

void RemoteEstimator::nameSource(TimePoint now, Ssrc ssrc) {
  const auto found =
      std::find_if(sources_.begin(), sources_.end(), [&](const Source& each) { return each.ssrc == ssrc; });
  if (found != sources_.end()) {
    found->heardAt = now;
  } else if (sources_.size() < kMostSources) {
    sources_.push_back({ssrc, now});
  }
}

void RemoteEstimator::onPacket(TimePoint arrival, AbsSendTime sent, size_t size, Ssrc ssrc) {
  nameSource(arrival, ssrc);
  if (due_.isNever()) due_ = arrival + kInterval;
  if (waiting_.size() >= kMostPackets) return;
  PacketResult result;
  result.sent.number = number_++;
  // 24 bits of 1/2^18 s, shifted up so that they wrap as 32 do.
  const int64_t units = sendTime_.unwrap(sent.value << 8) / 256;
  result.sent.sentAt = TimePoint::fromMicros(units * 15625 / 4096);
  result.sent.size = static_cast<uint32_t>(size);
  result.receivedAt = arrival;
  waiting_.push_back(result);
}

std::optional<double> RemoteEstimator::estimate() const {
  return throughput_.rate() ? std::optional(aimd_.rate()) : std::nullopt;
}

std::optional<rtcp::Remb> RemoteEstimator::poll(TimePoint now) {
  if (due_ > now) return std::nullopt;
  std::erase_if(sources_, [&](const Source& each) { return now - each.heardAt > kSilence; });
  due_ = sources_.empty() ? TimePoint::never() : now + kInterval;
  FeedbackReport report;
  report.at = now;
  report.results = waiting_;
  throughput_.onReport(report);
  delays_.onReport(report);
  AimdRate::Input input;
  input.now = now;
  input.line = delays_.state();
  input.acknowledged = throughput_.rate();
  input.queue = delays_.queue();
  input.roundTrip = roundTrip_;
  if (!waiting_.empty()) {
    // The sender begins at a rate of its own: what has come is carried.
    const double arrived = throughput_.rate().value_or(0);
    if (saidAt_.isNever() && arrived > aimd_.rate() && input.line != OveruseDetector::State::kOveruse) {
      aimd_.setRate(now, arrived);
    }
    aimd_.update(input);
  }
  waiting_.clear();
  if (!throughput_.rate() || sources_.empty()) return std::nullopt;
  const bool due = saidAt_.isNever() || now - saidAt_ >= kRembInterval || aimd_.rate() < kFall * said_;
  if (!due) return std::nullopt;
  saidAt_ = now;
  said_ = aimd_.rate();
  rtcp::Remb remb;
  remb.sender = sender_;
  remb.bitrate = static_cast<uint64_t>(aimd_.rate());
  for (const Source& source : sources_) remb.ssrcs.push_back(source.ssrc);
  return remb;
}

}  // namespace tincan::inline v0::rtp

#include "tests/rtp/congestion/media_flow.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp::line {
namespace {

constexpr size_t kPacket = 1200, kPaddingPacket = 224;
constexpr size_t kReportBytes = 80;  // of a feedback, with SRTCP, UDP and IP

}  // namespace

MediaFlow::MediaFlow(Events& events, const Config& config, const Path& path, const MakeController& make)
    : events_(events),
      config_(config),
      path_(path),
      forwardDelay_(path.delay, config.seed * 7 + 1),
      backwardDelay_(path.delay, config.seed * 7 + 2),
      random_(config.seed),
      video_(pacer_.open(Pacer::Priority::kVideo)),
      padding_(pacer_.open(Pacer::Priority::kPadding)),
      sent_(config.ccfb),
      controller_(make(events.now(), config.limits)),
      collector_(Ssrc(2), config.feedbackInterval) {
  controller_->setLimits(events.now(), config.limits, config.wanted);
}

void MediaFlow::startAt(TimePoint when) {
  events_.at(when, [this] {
    running_ = true;
    encoderRate_ = static_cast<double>(controller_->target().bitrate);
    follow();
    frame();
  });
}

void MediaFlow::stopAt(TimePoint when) {
  events_.at(when, [this] { running_ = false; });
}

void MediaFlow::pauseAt(TimePoint from, TimePoint until) {
  events_.at(from, [this] { paused_ = true; });
  events_.at(until, [this] { paused_ = false; });
}

void MediaFlow::pushPacket(size_t size, Pacer::Lane lane) {
  PacketBuffer packet = pool_.allocate();
  if (!packet || !packet.resize(size)) return;
  static_cast<void>(pacer_.push(events_.now(), lane, std::move(packet)));
}

void MediaFlow::frame() {
  if (!running_) return;
  const Duration apart = Duration::micros(static_cast<int64_t>(1e6 / config_.framesPerSecond));
  events_.at(events_.now() + apart, [this] { frame(); });
  if (paused_) return;
  const double mean = encoderRate_ / config_.framesPerSecond / 8;
  // Laplace, as RFC 8593 §4.1.
  const double u = uniform(random_) - 0.5;
  const double noise = -config_.sizeDeviation / std::sqrt(2.0) * std::copysign(std::log(1 - 2 * std::fabs(u)), u);
  double size = mean * std::clamp(1 + noise, 0.3, 2.0);
  if (firstFrame_) {
    size = mean * config_.keyFrameSize;
    debt_ = size - mean;
  } else if (debt_ > 0) {
    // Encoders take back over the next pictures what a large one took.
    const double back = std::min(debt_, size * 0.3);
    size -= back;
    debt_ -= back;
  }
  firstFrame_ = false;
  auto left = static_cast<size_t>(std::max(size, 100.0));
  const size_t packets = (left + kPacket - 1) / kPacket;
  for (size_t i = 0; i < packets; ++i) {
    const size_t part = left / (packets - i);
    pushPacket(std::max<size_t>(part, 60), video_);
    left -= part;
  }
  flush();
}

void MediaFlow::flush() {
  const TimePoint now = events_.now();
  Pacer::Leaving leaving;
  for (;;) {
    while (pacer_.poll(now, leaving)) sendOut(leaving);
    size_t due = pacer_.paddingDue(now);
    if (due == 0 || !running_) break;
    while (due > 0) {
      const size_t part = std::clamp<size_t>(due, 60, kPaddingPacket);
      pushPacket(part, padding_);
      paddingBytes_ += part;
      due -= std::min(due, part);
    }
  }
  arm();
}

void MediaFlow::arm() {
  TimePoint next = earlier(pacer_.nextTimeout(), controller_->nextTimeout());
  if (next.isNever() || (!running_ && pacer_.packets() == 0)) return;
  next = std::max(next, events_.now() + Duration::micros(1));
  if (armedFor_ <= next && armedFor_ > events_.now()) return;
  armedFor_ = next;
  events_.at(next, [this, next] {
    if (armedFor_ != next) return;
    armedFor_ = TimePoint::never();
    if (controller_->nextTimeout() <= events_.now()) {
      controller_->handleTimeout(events_.now());
      follow();
    }
    flush();
  });
}

void MediaFlow::sendOut(Pacer::Leaving& leaving) {
  const TimePoint now = events_.now();
  longestWait_ = std::max(longestWait_, now - leaving.queued);
  SentPacket packet;
  packet.sentAt = now;
  packet.ssrc = Ssrc(1);
  packet.sequence = sequence_++;
  packet.size = static_cast<uint32_t>(leaving.packet.size());
  packet.probeCluster = leaving.probeCluster;
  packet.kind = leaving.lane == padding_ ? SentPacket::Kind::kPadding : SentPacket::Kind::kVideo;
  packet.number = sent_.onSent(packet);
  controller_->onSent(packet);
  const Ecn ecn = controller_->wantsEct1() ? Ecn::kCapable1 : Ecn::kNotCapable;
  path_.forward->send(packet.size, ecn, [this, now, packet, ecn](const Outcome& outcome) {
    samples_.push_back({now, outcome.leaves, outcome.waited, packet.size, outcome.dropped});
    if (outcome.dropped) return;
    const Ecn seen = outcome.marked ? Ecn::kCongested : ecn;
    events_.at(forwardDelay_.arrival(outcome.leaves),
               [this, number = packet.number, sequence = packet.sequence, seen] { arrive(number, sequence, seen); });
  });
}

// What the controller wants is done at once, but by the encoder.
void MediaFlow::follow() {
  const TimePoint now = events_.now();
  const RateTarget target = controller_->target();
  pacer_.setPacingRate(target.pacingRate);
  pacer_.setPaddingRate(target.paddingRate);
  if (controller_->wantsEct1()) pacer_.setBurst(Duration::zero());
  ProbeCluster cluster;
  while (controller_->pollProbe(cluster)) {
    pacer_.startProbe(now, {cluster.id, cluster.rate, cluster.packets, cluster.bytes()});
  }
  const double rate = std::min(static_cast<double>(target.bitrate), static_cast<double>(config_.wanted));
  events_.at(now + config_.encoderLag, [this, rate] { encoderRate_ = rate; });
  if (rates_.empty() || now - rates_.back().at >= Duration::millis(100)) rates_.push_back({now, target});
}

void MediaFlow::arrive(int64_t number, uint16_t sequence, Ecn ecn) {
  if (config_.ccfb) {
    arrivals_.push_back({events_.now(), sequence, ecn});
  } else {
    collector_.onPacket(static_cast<uint16_t>(number), events_.now(), Ssrc(1));
  }
  if (feedbackArmed_) return;
  feedbackArmed_ = true;
  events_.at(config_.ccfb ? events_.now() + config_.feedbackInterval : collector_.nextTimeout(),
             [this] { sendFeedback(); });
}

void MediaFlow::sendFeedback() {
  feedbackArmed_ = false;
  const TimePoint now = events_.now();
  std::vector<rtcp::TransportFeedback> reports;
  std::shared_ptr<rtcp::CongestionFeedback> ccfb;
  if (config_.ccfb) {
    ccfb = std::make_shared<rtcp::CongestionFeedback>();
    ccfb->timestamp = static_cast<uint32_t>(now.micros() * 1024 / 15625);
    const uint16_t begin = arrivals_.front().sequence;
    rtcp::CongestionFeedback::Source source{Ssrc(1), begin, {}};
    source.reports.resize(static_cast<uint16_t>(arrivals_.back().sequence - begin) + 1);
    for (const Arrival& arrival : arrivals_) {
      source.reports[static_cast<uint16_t>(arrival.sequence - begin)] = {
          true, static_cast<uint8_t>(arrival.ecn), rtcp::CongestionFeedback::offsetOf(now - arrival.at)};
    }
    arrivals_.clear();
    ccfb->sources.push_back(std::move(source));
  } else {
    while (auto report = collector_.poll(now)) reports.push_back(std::move(*report));
  }
  if (!path_.backward) return carryBack(now, reports, ccfb);
  path_.backward->send(kReportBytes, Ecn::kNotCapable, [this, reports, ccfb](const Outcome& outcome) {
    if (!outcome.dropped) carryBack(outcome.leaves, reports, ccfb);
  });
}

void MediaFlow::carryBack(TimePoint leaves, const std::vector<rtcp::TransportFeedback>& reports,
                          const std::shared_ptr<rtcp::CongestionFeedback>& ccfb) {
  if (feedbacks_++ == config_.lostFeedback) return;
  if (config_.feedbackLoss > 0 && uniform(random_) < config_.feedbackLoss) return;
  events_.at(backwardDelay_.arrival(leaves), [this, reports, ccfb] { deliver(reports, ccfb.get()); });
}

void MediaFlow::deliver(const std::vector<rtcp::TransportFeedback>& reports, const rtcp::CongestionFeedback* ccfb) {
  const TimePoint now = events_.now();
  for (const auto& report : reports) sent_.add(now, report);
  if (ccfb) sent_.add(now, *ccfb);
  controller_->onFeedback(sent_.take(now));
  follow();
  flush();
}

}  // namespace tincan::inline v0::rtp::line

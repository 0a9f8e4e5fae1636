#include "session/congestion.h"

#include <utility>

namespace tincan::inline v0::session {
namespace {

// Repairs come in bursts: half a second of them, smoothed by a half.
constexpr Duration kRepairWindow = Duration::millis(500);

rtp::SentPacket::Kind kindOf(const Departure& packet) {
  switch (packet.kind) {
    case DepartureKind::kRetransmission:
    case DepartureKind::kParity: return rtp::SentPacket::Kind::kRetransmission;
    case DepartureKind::kPadding: return rtp::SentPacket::Kind::kPadding;
    case DepartureKind::kMedia: break;
  }
  return packet.sound ? rtp::SentPacket::Kind::kAudio : rtp::SentPacket::Kind::kVideo;
}

}  // namespace

Congestion::Congestion(std::unique_ptr<rtp::RateController> controller, SendQueue& queue, Reports reports)
    : controller_(std::move(controller)), queue_(queue), reports_(reports), sent_(reports == Reports::kBySsrc) {}

void Congestion::onSent(TimePoint now, const Departure& packet) {
  if (packet.kind == DepartureKind::kRetransmission || packet.kind == DepartureKind::kParity)
    repairBytes_ += packet.bytes + kOverhead;
  if (reports_ == Reports::kTransportWide) {
    if (!packet.transportSequence) return;  // it cannot be reported
    if (!std::exchange(numbered_, true)) sent_.startAt(*packet.transportSequence);
  }
  rtp::SentPacket sent;
  sent.sentAt = now;
  sent.ssrc = packet.ssrc;
  sent.sequence = packet.sequenceNumber;
  sent.size = static_cast<uint32_t>(packet.bytes + kOverhead);
  sent.probeCluster = packet.probeCluster;
  sent.kind = kindOf(packet);
  sent.ecn = packet.ecn;
  sent.number = sent_.onSent(sent);
  controller_->onSent(sent);
}

void Congestion::onTransportFeedback(TimePoint now, const rtp::rtcp::TransportFeedback& feedback) {
  if (reports_ != Reports::kTransportWide) return;  // numbers that were never told it
  sent_.add(now, feedback);
  reported_ = true;
}

void Congestion::onCongestionFeedback(TimePoint now, const rtp::rtcp::CongestionFeedback& feedback) {
  if (reports_ != Reports::kBySsrc) return;
  ++congestionReports_;
  sent_.add(now, feedback);
  reported_ = true;
}

void Congestion::onRemb(TimePoint now, const rtp::rtcp::Remb& remb) {
  controller_->onRemb(now, remb.bitrate);
  apply(now);
}

void Congestion::onLoss(TimePoint now, const rtp::ReportedLoss& loss) {
  if (const auto share = losses_.add(now, loss)) controller_->onLossReport(now, *share);
}

void Congestion::onRoundTripTime(TimePoint now, Duration roundTrip) {
  controller_->onRoundTripTime(now, roundTrip);
}

void Congestion::settle(TimePoint now) {
  if (!std::exchange(reported_, false)) return;
  const rtp::FeedbackReport report = sent_.take(now);
  ecn_.onReport(report);
  for (const rtp::PacketResult& result : report.results) {
    marked_ += result.ecn == Ecn::kCongested ? 1 : 0;
    if (reports_ == Reports::kBySsrc) note(result);
  }
  controller_->onFeedback(report);
  apply(now);
}

const Congestion::Reported* Congestion::reported(Ssrc ssrc) const {
  for (const Reported& each : reportedOf_)
    if (each.ssrc == ssrc) return &each;
  return nullptr;
}

void Congestion::note(const rtp::PacketResult& result) {
  auto* own = const_cast<Reported*>(reported(result.sent.ssrc));
  if (!own) {
    if (reportedOf_.size() == kMostReported) return;
    own = &reportedOf_.emplace_back(Reported{.ssrc = result.sent.ssrc});
  }
  if (result.lost()) {
    ++own->lost;
    return;
  }
  own->recovered += result.recovered ? 1 : 0;
  own->ect1 += result.ecn == Ecn::kCapable1 ? 1 : 0;
  own->ce += result.ecn == Ecn::kCongested ? 1 : 0;
  own->bleached += result.sent.ecn == Ecn::kCapable1 && result.ecn == Ecn::kNotCapable ? 1 : 0;
}

void Congestion::setLimits(TimePoint now, const rtp::RateLimits& limits, uint64_t wanted) {
  controller_->setLimits(now, limits, wanted);
  apply(now);
}

void Congestion::onRouteChange(TimePoint now) {
  ecn_.reset();
  controller_->onRouteChange(now);
  apply(now);
}

void Congestion::handleTimeout(TimePoint now) {
  if (controller_->nextTimeout() > now) return;
  controller_->handleTimeout(now);
  apply(now);
}

void Congestion::apply(TimePoint now) {
  if (now - repairsSince_ >= kRepairWindow) {
    const double rate = static_cast<double>(repairBytes_) * 8 / (now - repairsSince_).toSeconds();
    repairRate_ = (repairRate_ + rate) / 2;
    repairBytes_ = 0;
    repairsSince_ = now;
  }
  const rtp::RateTarget target = controller_->target();
  queue_.setPacingRate(target.pacingRate);
  queue_.setPaddingRate(target.paddingRate);
  queue_.repairs().setLineRate(target.estimate);
  // RFC 9331 §4.1: by who answers marks as L4S does, where they are told, and get through.
  const bool marks = reports_ == Reports::kBySsrc && controller_->wantsEct1() && ecn_.mayMark();
  queue_.setEcn(marks ? Ecn::kCapable1 : Ecn::kNotCapable);
  queue_.setBurst(marks ? Duration::zero() : rtp::Pacer::kBurst);  // such a queue marks what a batch adds to it
  rtp::ProbeCluster cluster;
  while (controller_->pollProbe(cluster)) {
    queue_.startProbe(now, {cluster.id, cluster.rate, cluster.packets, cluster.bytes()});
  }
}

}  // namespace tincan::inline v0::session

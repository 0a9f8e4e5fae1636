#include "session/rtp_session.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "rtp/extension_values.h"

namespace tincan::inline v0::session {
namespace {

rtp::RtxPayloadTypes rtxTypes(const Section& section) {
  rtp::RtxPayloadTypes out;
  for (const Format& format : section.formats) {
    if (format.rtxType) out.add(format.type, *format.rtxType);
  }
  return out;
}

}  // namespace

RtpSession::RtpSession(Config config, PacketSink& sink, SessionListener& listener, RandomSource& random,
                       PacketPool& pool, Ssrc fallback)
    : sink_(sink),
      listener_(listener),
      random_(random),
      pool_(pool),
      queue_(config.pacing, sink, static_cast<uint16_t>(random.u32())),
      reporter_(std::move(config.reports), streams_, sink, random, pool),
      rtcp_(streams_, reporter_, sink, listener),
      guard_(random) {
  reporter_.setFallbackSsrc(fallback);
  guard_.add(fallback);
}

void RtpSession::setObserver(CongestionObserver* observer) {
  queue_.setObserver(observer);
  rtcp_.setObserver(observer);
}

// ---- what was negotiated ----

void RtpSession::setSections(std::vector<Section> sections) {
  ids_.clear();
  bool wanted = false, remb = false, marks = false;
  for (const Section& section : sections) {
    ids_.add(section.extensions);
    marks |= section.congestionFeedback;
    wanted |= section.transportFeedback || section.congestionFeedback;
    remb |= section.remb && section.receive && section.extensions.id(rtp::ExtensionKind::kAbsSendTime) != 0;
  }
  // One way or the other: a peer that hears both would heed the lower.
  if (!remb || wanted) {
    estimator_.reset();
  } else if (!estimator_) {
    estimator_ = std::make_unique<rtp::RemoteEstimator>(reporter_.localSsrc());
  }
  if (!marks) {
    marks_.reset();
  } else if (!marks_) {
    marks_.emplace(reporter_.localSsrc());
  }
  if (marks) {
    arrivals_.reset();
  } else if (wanted && !arrivals_) {
    arrivals_.emplace(reporter_.localSsrc());
  }
  for (const Ssrc ssrc : router_.setSections(std::move(sections))) end(ssrc);
  for (const auto& [ssrc, stream] : streams_.inbound) {
    for (const Section& section : router_.sections()) {
      if (section.mid != stream->config().mid) continue;
      stream->setFeedback(section.nack, section.keyFrames);
      stream->setRtx(rtxTypes(section));
      stream->setFec(section.fec, pool_);
    }
  }
}

OutboundStream& RtpSession::add(OutboundStream::Config config) {
  if (const auto left = positions_.find(config.ssrc); left != positions_.end()) config.resume = left->second;
  config.unixMicrosAtZero = reporter_.unixMicrosAtZero();
  guard_.add(config.ssrc);
  if (config.rtxPayloadType) guard_.add(config.rtxSsrc);
  return streams_.add(std::make_unique<OutboundStream>(std::move(config), queue_, random_, pool_));
}

void RtpSession::remove(OutboundStream& stream) {
  positions_.insert_or_assign(stream.ssrc(), stream.position());
  guard_.remove(stream.ssrc());
  if (stream.config().rtxPayloadType) guard_.remove(stream.config().rtxSsrc);
  std::erase_if(streams_.outbound, [&](const auto& each) { return each.get() == &stream; });
}

// ---- RTP ----

void RtpSession::receiveRtp(TimePoint at, Ecn ecn, PacketBuffer buffer) {
  rtp::ReceivedPacket packet;
  if (!rtp::ReceivedPacket::parse(at, ecn, std::move(buffer), ids_, packet)) {
    ++counters_.malformed;
    return;
  }
  if (guard_.collides(packet.header.ssrc)) resolveCollision(at, packet.header.ssrc);
  noteArrival(packet);
  const Router::Route route = router_.route(packet);
  if (route.gone) end(*route.gone);
  if (route.superseded) {
    if (InboundStream* before = streams_.receiving(*route.superseded)) before->setSuperseded();
  }
  InboundStream* stream = nullptr;
  switch (route.kind) {
    case Router::Kind::kNowhere: return;
    case Router::Kind::kParity: receiveFlexfec(packet); return;
    case Router::Kind::kMedia: stream = route.isNew ? &begin(at, route) : streams_.receiving(route.stream); break;
    case Router::Kind::kRepair:
      stream = route.isNew ? &begin(at, route) : streams_.receiving(route.stream);
      if (!stream || !stream->restore(packet)) {
        ++counters_.strayRepairs;
        return;
      }
      break;
  }
  if (!stream) return;
  if (ecn == Ecn::kCapable1) ++stream->receivedWithEct1;
  if (ecn == Ecn::kCongested) ++stream->receivedWithCe;
  stream->setPathDelay(path_.wait());
  if (!stream->receive(packet)) {
    ++counters_.duplicates;
    return;
  }
  deliver(*stream, std::move(packet));
}

// ---- forward error correction ----

bool RtpSession::hasRoomForFec() const {
  size_t active = 0;
  for (const auto& [ssrc, stream] : streams_.inbound) active += stream->fec() && stream->fec()->active() ? 1 : 0;
  return active < FecReceiver::kMostDecoders;
}

void RtpSession::deliver(InboundStream& stream, rtp::ReceivedPacket packet) {
  if (RedReceiver* red = stream.red()) {
    if (!red->receive(packet)) {
      ++counters_.strayParity;
      return;
    }
    deliverRepeated(packet.at, stream);
  }
  FecReceiver* fec = stream.fec();
  if (!fec) {
    listener_.onPacket(stream, std::move(packet));
    return;
  }
  const TimePoint at = packet.at;
  if (fec->receive(packet, fec->active() || hasRoomForFec()) == FecReceiver::Outcome::kMalformed) {
    ++counters_.strayParity;
    return;
  }
  listener_.onPacket(stream, std::move(packet));
  deliverRepaired(at, stream);
}

void RtpSession::deliverRepeated(TimePoint at, InboundStream& stream) {
  PacketBuffer buffer;
  while (stream.red()->poll(buffer)) {
    rtp::ReceivedPacket packet;
    if (!rtp::ReceivedPacket::parse(at, Ecn::kNotCapable, std::move(buffer), ids_, packet)) continue;
    packet.recovered = packet.byParity = true;
    if (stream.receiveRepaired(packet)) listener_.onPacket(stream, std::move(packet));
  }
}

void RtpSession::deliverRepaired(TimePoint at, InboundStream& stream) {
  FecReceiver& fec = *stream.fec();
  PacketBuffer buffer;
  while (fec.poll(buffer)) {
    rtp::ReceivedPacket packet;
    if (!rtp::ReceivedPacket::parse(at, Ecn::kNotCapable, std::move(buffer), ids_, packet)) continue;
    packet.recovered = packet.byParity = true;
    if (!stream.receiveRepaired(packet)) {
      ++counters_.duplicates;
    } else if (fec.receive(packet, false) != FecReceiver::Outcome::kMalformed) {  // it may be in RED
      listener_.onPacket(stream, std::move(packet));
    }
  }
}

// flexfec-03 §4.2.2.1: the packet says which stream it protects. Only one whose section has this type is touched by it.
void RtpSession::receiveFlexfec(const rtp::ReceivedPacket& packet) {
  rtp::FecPacket parity;
  InboundStream* stream = nullptr;
  if (rtp::FecPacket::parse(rtp::FecScheme::kFlexfec03, packet.payload(), parity))
    stream = streams_.receiving(parity.protectedSsrc);
  if (!stream || !stream->fec() || stream->fec()->types().flexfec != packet.header.payloadType) {
    ++counters_.strayParity;
    return;
  }
  FecReceiver& fec = *stream->fec();
  fec.receiveParity(packet.at, packet.payload(), rtp::FecScheme::kFlexfec03, fec.active() || hasRoomForFec());
  deliverRepaired(packet.at, *stream);
}

InboundStream& RtpSession::begin(TimePoint now, const Router::Route& route) {
  InboundStream::Config config;
  config.ssrc = route.stream;
  config.mid = route.section->mid;
  config.rid = route.rid;
  config.rtx = rtxTypes(*route.section);
  config.nack = route.section->nack;
  config.keyFrames = route.section->keyFrames;
  config.passOld = route.section->passOld;
  if (route.format) {
    config.clockRate = route.format->clockRate;
  } else if (!route.section->formats.empty()) {
    config.clockRate = route.section->formats.front().clockRate;
  }
  auto& stream = streams_.inbound[route.stream];
  stream = std::make_unique<InboundStream>(std::move(config));
  stream->setFec(route.section->fec, pool_);
  if (const auto rtt = reporter_.roundTripTime()) stream->setRoundTripTime(*rtt);
  listener_.onStream(now, *stream);
  return *stream;
}

void RtpSession::end(Ssrc ssrc) {
  const auto found = streams_.inbound.find(ssrc);
  if (found == streams_.inbound.end()) return;
  listener_.onStreamGone(*found->second);
  streams_.inbound.erase(found);
}

InboundStream* RtpSession::find(std::string_view mid, std::string_view rid) {
  const auto ssrc = router_.find(mid, rid);
  return ssrc ? streams_.receiving(*ssrc) : nullptr;
}

void RtpSession::noteArrival(const rtp::ReceivedPacket& packet) {
  if (const auto value = packet.extension(rtp::ExtensionKind::kAbsSendTime)) {
    if (const auto sent = rtp::AbsSendTime::read(*value)) {
      path_.onPacket(packet.at, *sent);
      if (estimator_) estimator_->onPacket(packet.at, *sent, packet.buffer.size(), packet.header.ssrc);
    }
  }
  if (marks_) marks_->onPacket(packet.header.ssrc, packet.header.sequenceNumber, packet.at, packet.ecn);
  if (!arrivals_) return;
  const auto value = packet.extension(rtp::ExtensionKind::kTransportSequence);
  if (!value) return;
  if (const auto sequence = rtp::TransportSequence::read(*value))
    arrivals_->onPacket(sequence->value, packet.at, packet.header.ssrc);
}

// ---- RTCP ----

void RtpSession::receiveRtcp(TimePoint at, const PacketBuffer& packet) {
  reporter_.received(packet.size());
  reporting_.clear();
  if (!rtcp_.receive(at, packet.view(), reporting_)) ++counters_.malformed;
  for (const Ssrc ssrc : reporting_) {
    if (guard_.collides(ssrc)) resolveCollision(at, ssrc);
  }
}

// What the peer's rate control lives on comes every 100 ms, whatever the reports do.
void RtpSession::sendArrivals(TimePoint now) {
  if (estimator_ && estimator_->nextTimeout() <= now) {
    estimator_->setSender(reporter_.localSsrc());
    if (const auto rtt = reporter_.roundTripTime()) estimator_->setRoundTripTime(*rtt);
    if (auto remb = estimator_->poll(now)) reporter_.send(now, {std::move(*remb)});
  }
  if (marks_) {
    marks_->setSender(reporter_.localSsrc());
    while (auto report = marks_->poll(now, reporter_.wall(now))) {
      reporter_.send(now, {std::move(*report)});
      ++counters_.congestionReports;
    }
  }
  if (!arrivals_) return;
  arrivals_->setSender(reporter_.localSsrc());
  while (auto arrivals = arrivals_->poll(now)) reporter_.send(now, {std::move(*arrivals)});
}

// ---- collisions ----

Ssrc RtpSession::unusedSsrc() {
  return guard_.unused([&](Ssrc ssrc) { return router_.knows(ssrc); });
}

// RFC 3550 §8.2: a BYE for the SSRC that two have, and another for us.
void RtpSession::resolveCollision(TimePoint now, Ssrc ssrc) {
  if (!guard_.giveWay()) return;
  if (ssrc == reporter_.fallbackSsrc()) {
    if (reporter_.reports() > 0) reporter_.sendGoodbye(now, {ssrc});
    const Ssrc fresh = unusedSsrc();
    guard_.remove(ssrc);
    guard_.add(fresh);
    reporter_.setFallbackSsrc(fresh);
  }
  std::vector<OutboundStream*> colliding;
  for (const auto& stream : streams_.outbound) {
    if (stream->uses(ssrc)) colliding.push_back(stream.get());
  }
  for (OutboundStream* stream : colliding) {
    const bool media = stream->ssrc() == ssrc;
    const bool used = media ? stream->statistics().hasSent() : stream->repairs().resent > 0;
    if (used) reporter_.sendGoodbye(now, {ssrc});
    OutboundStream::Config instead = stream->config();
    (media ? instead.ssrc : instead.rtxSsrc) = unusedSsrc();
    instead.resume.reset();
    listener_.onCollision(now, *stream, instead);
  }
}

// ---- time ----

void RtpSession::start(TimePoint now) {
  if (!router_.sections().empty()) reporter_.start(now);
}

TimePoint RtpSession::nextTimeout() const {
  TimePoint next = earlier(reporter_.nextTimeout(), queue_.nextTimeout());
  // Reports have yet to be scheduled.
  if (sink_.mediaReady() && !reporter_.started() && !router_.sections().empty()) return TimePoint();
  for (const auto& [ssrc, stream] : streams_.inbound) next = earlier(next, stream->nextTimeout());
  if (arrivals_) next = earlier(next, arrivals_->nextTimeout());
  if (marks_) next = earlier(next, marks_->nextTimeout());
  if (estimator_) next = earlier(next, estimator_->nextTimeout());
  return next;
}

void RtpSession::handleTimeout(TimePoint now) {
  flush(now);
  if (!sink_.mediaReady()) return;
  start(now);
  std::vector<rtp::rtcp::Packet> feedback;
  for (const auto& [ssrc, stream] : streams_.inbound) {
    if (stream->nextTimeout() <= now) stream->takeFeedback(now, reporter_.localSsrc(), feedback);
  }
  reporter_.sendFeedback(now, std::move(feedback));
  sendArrivals(now);
  reporter_.handleTimeout(now);
}

void RtpSession::close(TimePoint now) {
  if (sink_.mediaReady()) reporter_.leave(now);
  streams_.outbound.clear();
  while (!streams_.inbound.empty()) end(streams_.inbound.begin()->first);
  router_.setSections({});
  arrivals_.reset();
  marks_.reset();
  estimator_.reset();
}

}  // namespace tincan::inline v0::session

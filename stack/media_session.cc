#include "stack/media_session.h"

#include <algorithm>
#include <utility>

#include "rtp/extension_values.h"
#include "stack/audio_receiver.h"
#include "stack/audio_sender.h"
#include "stack/transport.h"
#include "stack/video_receiver.h"
#include "stack/video_sender.h"

namespace tincan::stack {
namespace {

constexpr size_t kMaxHeldPackets = 8192;  // LIMITS B22
constexpr size_t kMaxReceivers = 64;      // sources that one peer may make us listen to
// RFC 3550 §6.3.5: a source that has been silent for five reports may be forgotten, when another needs its place.
constexpr Duration kSilent = Duration::seconds(5);
// A collision is rare chance; a peer that follows us from SSRC to SSRC would use up those that SRTP keeps.
constexpr uint64_t kMaxCollisions = 256;
// RFC 3550 §6.2: the first report of two peers may go at once. Drawn between 0.3 and 0.9 s: there is something to
// report by then, and a short call has its round trip and loss.
constexpr Duration kFirstReport = Duration::millis(700);
constexpr double kMaxPacingFactor = 1000;
constexpr double kRtcpShare = 0.05;  // RFC 3550 §6.2: of the session's bandwidth

rtp::ExtensionMap extensionMap(const NegotiatedSection& section) {
  rtp::ExtensionMap map;
  map.allowMixed = section.extmapAllowMixed;
  for (const ExtensionSpec& extension : section.extensions) {
    if (auto kind = rtp::extensionKind(extension.uri)) map.add(*kind, extension.id);
  }
  return map;
}

rtp::rtcp::RtcpScheduler::Config schedule(uint32_t videoBitrate) {
  rtp::rtcp::RtcpScheduler::Config config;
  config.bandwidth = kRtcpShare * videoBitrate / 8;
  config.firstInterval = kFirstReport;
  return config;
}

rtp::Pacer::Config pacing(const PacingSettings& settings) {
  rtp::Pacer::Config config;
  config.enabled = settings.enabled;
  return config;
}

bool hasTransportFeedback(const NegotiatedSection& section) {
  return std::any_of(section.codecs.begin(), section.codecs.end(),
                     [](const CodecSpec& codec) { return codec.hasFeedback("transport-cc"); });
}

}  // namespace

MediaSession::MediaSession(Config config, Transport& transport, std::shared_ptr<EventQueue> events,
                           RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      transport_(transport),
      events_(std::move(events)),
      random_(random),
      pool_(pool),
      fallbackSsrc_(random.u32()),
      queue_(pacing(config_.pacing), transport, static_cast<uint16_t>(random.u32())),
      decoders_(config_.decoding),
      scheduler_(schedule(config_.videoBitrate), random),
      videoTarget_(config_.videoBitrate) {}

MediaSession::~MediaSession() = default;

// ---- what was negotiated ----

void MediaSession::apply(const std::vector<NegotiatedSection>& sections) {
  for (auto it = sections_.begin(); it != sections_.end();) {
    const bool kept = std::any_of(sections.begin(), sections.end(),
                                  [&](const NegotiatedSection& section) { return section.mid == it->first; });
    if (!kept) dropSender(it->second);
    it = kept ? std::next(it) : sections_.erase(it);
  }
  std::erase_if(rtxStreams_, [](const auto& entry) { return entry.second.announced; });
  for (const NegotiatedSection& section : sections) applySection(section);
  dropStale();
  updatePacingRate();
}

void MediaSession::dropStale() {
  const auto received = [&](const std::string& mid) {
    const auto section = sections_.find(mid);
    return section != sections_.end() && section->second.negotiated.receive;
  };
  std::erase_if(receivers_, [&](const auto& entry) { return !received(entry.second->config().mid); });
  std::erase_if(rtxStreams_, [&](const auto& entry) {
    const RtxStream& stream = entry.second;
    return !received(stream.mid) || (!stream.announced && receivers_.count(stream.media) == 0);
  });
  // What used to be a repair stream may be a source of its own by now.
  for (const auto& [mid, section] : sections_) {
    for (const uint32_t ssrc : section.negotiated.remoteSsrcs) rtxStreams_.erase(Ssrc(ssrc));
  }
}

void MediaSession::dropSender(Section& section) {
  if (!section.sender) return;
  const RtpStreamSender& stream = section.sender->stream();
  positions_.insert_or_assign(stream.ssrc(), stream.position());
  section.sender.reset();
}

void MediaSession::applySection(const NegotiatedSection& negotiated) {
  Section& section = sections_[negotiated.mid];
  const bool sameCodec = section.sender && !negotiated.codecs.empty() &&
                         section.sender->stream().config().codec == negotiated.sendingCodec();
  section.negotiated = negotiated;
  section.extensions = extensionMap(negotiated);
  section.rtxTypes = {};
  for (const CodecSpec& codec : negotiated.codecs) {
    if (codec.rtxPayloadType) section.rtxTypes.add(PayloadType(codec.payloadType), PayloadType(*codec.rtxPayloadType));
  }
  if (!negotiated.send) {
    dropSender(section);
  } else if (!sameCodec) {
    dropSender(section);
    section.sender = makeSender(section);
  }
  if (hasTransportFeedback(negotiated) && !arrivals_) arrivals_.emplace(localSsrc());
  for (const auto& [ssrc, receiver] : receivers_)
    if (receiver->config().mid == negotiated.mid) receiver->setCodecs(negotiated.codecs);
  for (const RtxPair& pair : negotiated.remoteRtx) {
    if (rtxStreams_.size() >= kMaxReceivers) break;
    rtxStreams_.insert_or_assign(Ssrc(pair.rtxSsrc), RtxStream{rtp::RtxReceiver(Ssrc(pair.ssrc), section.rtxTypes),
                                                               Ssrc(pair.ssrc), negotiated.mid, true});
  }
}

std::unique_ptr<MediaSender> MediaSession::makeSender(const Section& section) {
  const auto& sender = section.negotiated.transceiver->sender();
  RtpStreamSender::Config config;
  config.ssrc = sender->ssrc_;
  config.rtxSsrc = sender->rtxSsrc_;
  config.mid = section.negotiated.mid;
  config.codec = section.negotiated.sendingCodec();
  config.extensions = section.extensions;
  if (const auto left = positions_.find(Ssrc(config.ssrc)); left != positions_.end()) config.resume = left->second;
  const bool audio = section.negotiated.transceiver->kind() == MediaKind::kAudio;
  config.priority = audio ? rtp::Pacer::Priority::kAudio : rtp::Pacer::Priority::kVideo;
  auto format = formatOf(section.negotiated.transceiver->kind(), config.codec);
  auto stream = std::make_unique<RtpStreamSender>(std::move(config), queue_, random_, pool_);
  if (audio)
    return std::make_unique<AudioSender>(sender, std::move(stream), events_, codecs(), std::move(format), pool_);
  return std::make_unique<VideoSender>(sender, std::move(stream), events_, codecs(), std::move(format), videoTarget_,
                                       random_, pool_);
}

// Without an estimate of our own, what the encoders aim at, which REMB lowers, stands for what the path carries.
void MediaSession::updatePacingRate() {
  double target = 0;
  for (const auto& [mid, section] : sections_) {
    if (section.sender) target += section.sender->bitrate();
  }
  queue_.setPacingRate(static_cast<uint64_t>(target * std::clamp(config_.pacing.factor, 1.0, kMaxPacingFactor)));
  queue_.repairs().setLineRate(static_cast<uint64_t>(target));
}

// ---- RTP ----

void MediaSession::receive() {
  Transport::Media media;
  while (transport_.pollMedia(media)) {
    if (media.rtcp) {
      handleRtcp(media.at, media.packet);
    } else {
      handleRtp(media.at, std::move(media.packet));
      sync_.run(media.at, receivers_);
    }
  }
}

void MediaSession::handleRtp(TimePoint now, PacketBuffer packet) {
  rtp::Header header;
  if (!rtp::Header::parse(packet.view(), header)) {
    ++counters_.malformed;
    return;
  }
  if (isOurs(header.ssrc)) resolveCollision(now, header.ssrc);
  noteArrival(now, packet, header);
  if (auto rtx = rtxStreams_.find(header.ssrc); rtx != rtxStreams_.end()) {
    handleRtx(now, std::move(packet), rtx->second);
    return;
  }
  auto known = receivers_.find(header.ssrc);
  MediaReceiver* receiver = known != receivers_.end() ? known->second.get() : nullptr;
  if (!receiver) {
    Section* section = sectionFor(packet, header);
    if (section && section->rtxTypes.mediaFor(header.payloadType)) {
      addRtx(*section, header.ssrc);
    } else if (section) {
      receiver = addReceiver(now, *section, header.ssrc);
    } else {
      ++counters_.unknownSsrc;
    }
  }
  if (receiver) deliver(now, *receiver, std::move(packet), header, false);
}

void MediaSession::noteArrival(TimePoint now, const PacketBuffer& packet, const rtp::Header& header) {
  if (!arrivals_) return;
  // One transport has one map: RFC 9143 §9.2 and RFC 8285 §6 keep ids the same over a bundle.
  for (const auto& [mid, section] : sections_) {
    const auto value =
        rtp::findExtension(packet.view(), header, section.extensions, rtp::ExtensionKind::kTransportSequence);
    if (!value) continue;
    if (const auto sequence = rtp::TransportSequence::read(*value))
      arrivals_->onPacket(sequence->value, now, header.ssrc);
    return;
  }
}

void MediaSession::handleRtx(TimePoint now, PacketBuffer packet, RtxStream& stream) {
  const auto receiver = receivers_.find(stream.media);
  if (receiver == receivers_.end()) return;  // repairs of a source that was never heard
  if (stream.rtx.restore(packet) != rtp::RtxReceiver::Outcome::kRestored) return;
  rtp::Header original;
  if (!rtp::Header::parse(packet.view(), original)) return;
  ++receiver->second->retransmittedPackets;
  deliver(now, *receiver->second, std::move(packet), original, true);
}

// LIMITS B22. What is held is counted where it grows: sources that have given packets back since are asked only when the
// bound seems to be reached.
void MediaSession::deliver(TimePoint now, MediaReceiver& receiver, PacketBuffer packet, const rtp::Header& header,
                           bool restored) {
  const size_t before = receiver.heldPackets();
  receiver.receive(now, std::move(packet), header, restored);
  const size_t after = receiver.heldPackets();
  heldAtMost_ += after > before ? after - before : 0;
  if (heldAtMost_ <= kMaxHeldPackets) return;
  heldAtMost_ = 0;
  MediaReceiver* fullest = &receiver;
  for (const auto& [ssrc, each] : receivers_) {
    heldAtMost_ += each->heldPackets();
    if (each->heldPackets() > fullest->heldPackets()) fullest = each.get();
  }
  if (heldAtMost_ <= kMaxHeldPackets) return;
  ++counters_.heldOverBudget;
  heldAtMost_ -= fullest->heldPackets();
  fullest->dropHeld();
}

// RFC 9143 §9.2: the mid extension says it; else the SSRC, where the description announced it; else the payload type,
// where only one section has it.
MediaSession::Section* MediaSession::sectionFor(const PacketBuffer& packet, const rtp::Header& header) {
  Section *bySsrc = nullptr, *byType = nullptr;
  bool ambiguous = false;
  for (auto& [mid, section] : sections_) {
    if (!section.negotiated.receive) continue;
    const auto value = rtp::findExtension(packet.view(), header, section.extensions, rtp::ExtensionKind::kMid);
    if (value && asText(*value) == mid) return &section;
    const auto& announced = section.negotiated.remoteSsrcs;
    if (std::find(announced.begin(), announced.end(), header.ssrc.value()) != announced.end()) bySsrc = &section;
    const bool hasType = section.rtxTypes.mediaFor(header.payloadType) ||
                         std::any_of(section.negotiated.codecs.begin(), section.negotiated.codecs.end(),
                                     [&](const CodecSpec& c) { return c.payloadType == header.payloadType.value(); });
    if (!hasType) continue;
    ambiguous |= byType != nullptr;
    byType = &section;
  }
  if (bySsrc) return bySsrc;
  return ambiguous ? nullptr : byType;
}

MediaReceiver* MediaSession::addReceiver(TimePoint now, Section& section, Ssrc ssrc) {
  if (receivers_.size() >= kMaxReceivers && !dropSilentReceiver(now)) {
    ++counters_.receiversRefused;
    return nullptr;
  }
  MediaReceiver::Config config;
  config.mid = section.negotiated.mid;
  config.ssrc = ssrc;
  config.localSsrc = localSsrc();
  config.codecs = section.negotiated.codecs;
  config.factory = &codecs();
  config.receiver = section.negotiated.transceiver->receiver();
  config.events = events_;
  std::unique_ptr<MediaReceiver> receiver;
  if (section.negotiated.transceiver->kind() == MediaKind::kAudio) {
    receiver = std::make_unique<AudioReceiver>(std::move(config));
  } else {
    receiver = std::make_unique<VideoReceiver>(std::move(config), decoders_);
  }
  if (roundTripTime_) receiver->setRoundTripTime(*roundTripTime_);
  return receivers_.emplace(ssrc, std::move(receiver)).first->second.get();
}

// A long call may go through many sources, by a new track each or by collisions: the oldest makes room, if it is
// silent.
bool MediaSession::dropSilentReceiver(TimePoint now) {
  const auto oldest = std::min_element(receivers_.begin(), receivers_.end(), [](const auto& a, const auto& b) {
    return a.second->lastHeard < b.second->lastHeard;
  });
  if (oldest == receivers_.end() || now - oldest->second->lastHeard < kSilent) return false;
  dropReceiver(oldest->first);
  return true;
}

void MediaSession::dropReceiver(Ssrc ssrc) {
  receivers_.erase(ssrc);
  std::erase_if(rtxStreams_, [&](const auto& entry) { return !entry.second.announced && entry.second.media == ssrc; });
}

// A repair stream that no ssrc-group announced repairs the section's one source (RFC 4588 §5.3, by payload type): the
// one heard last, where the peer has gone from one to another.
void MediaSession::addRtx(Section& section, Ssrc rtxSsrc) {
  if (rtxStreams_.size() >= kMaxReceivers) return;
  const MediaReceiver* last = nullptr;
  for (const auto& [ssrc, receiver] : receivers_) {
    if (receiver->config().mid != section.negotiated.mid) continue;
    if (!last || last->lastHeard < receiver->lastHeard) last = receiver.get();
  }
  if (!last) return;
  const Ssrc media = last->config().ssrc;
  rtxStreams_.emplace(rtxSsrc,
                      RtxStream{rtp::RtxReceiver(media, section.rtxTypes), media, section.negotiated.mid, false});
}

// ---- collisions ----

bool MediaSession::isOurs(Ssrc ssrc) const {
  if (ssrc == fallbackSsrc_) return true;
  return std::any_of(sections_.begin(), sections_.end(), [&](const auto& entry) {
    if (!entry.second.sender) return false;
    const RtpStreamSender::Config& config = entry.second.sender->stream().config();
    return config.ssrc == ssrc.value() || (config.codec.rtxPayloadType && config.rtxSsrc == ssrc.value());
  });
}

Ssrc MediaSession::unusedSsrc() {
  Ssrc ssrc(random_.u32());
  while (isOurs(ssrc) || receivers_.count(ssrc) != 0 || rtxStreams_.count(ssrc) != 0) ssrc = Ssrc(random_.u32());
  return ssrc;
}

// RFC 3550 §8.2: a BYE for the SSRC that two have, and another for us. It is no loop of our own packets: each direction
// has its own SRTP key (RFC 5764 §4.2), so what came is the peer's.
void MediaSession::resolveCollision(TimePoint now, Ssrc ssrc) {
  if (counters_.collisions >= kMaxCollisions) return;
  ++counters_.collisions;
  if (ssrc == fallbackSsrc_) {
    if (reports_ > 0) sendGoodbye(now, {ssrc});
    fallbackSsrc_ = unusedSsrc();
  }
  for (auto& [mid, section] : sections_) {
    if (!section.sender) continue;
    const RtpStreamSender& stream = section.sender->stream();
    const bool media = stream.ssrc() == ssrc;
    if (!media && stream.config().rtxSsrc != ssrc.value()) continue;
    const bool used = media ? stream.statistics().hasSent() : stream.repairs().resent > 0;
    if (used) sendGoodbye(now, {ssrc});
    RtpSender& sender = *section.negotiated.transceiver->sender();
    (media ? sender.ssrc_ : sender.rtxSsrc_) = unusedSsrc().value();
    dropSender(section);
    section.sender = makeSender(section);
  }
  updatePacingRate();
  for (auto& [remote, receiver] : receivers_) receiver->setLocalSsrc(localSsrc());
  if (arrivals_) arrivals_->setSender(localSsrc());
}

// ---- time ----

TimePoint MediaSession::nextTimeout() const {
  TimePoint next = earlier(scheduler_.nextTimeout(), queue_.nextTimeout());
  if (transport_.mediaReady()) {
    // Reports have yet to be scheduled.
    if (scheduler_.state() == rtp::rtcp::RtcpScheduler::State::kIdle && !sections_.empty()) return TimePoint();
    for (const auto& [mid, section] : sections_) {
      if (section.sender) next = earlier(next, section.sender->nextTimeout());
    }
  }
  for (const auto& [ssrc, receiver] : receivers_) next = earlier(next, receiver->nextTimeout());
  if (arrivals_) next = earlier(next, arrivals_->nextTimeout());
  return next;
}

void MediaSession::handleTimeout(TimePoint now) {
  flush(now);
  if (!transport_.mediaReady()) return;
  startReports(now);
  for (auto& [mid, section] : sections_) {
    if (section.sender && section.sender->nextTimeout() <= now) section.sender->handleTimeout(now);
  }
  std::vector<rtp::rtcp::Packet> feedback;
  for (auto& [ssrc, receiver] : receivers_) {
    if (receiver->nextTimeout() <= now) receiver->handleTimeout(now, feedback);
  }
  if (!feedback.empty()) sendFeedback(now, std::move(feedback));
  sendArrivals(now);
  if (scheduler_.nextTimeout() > now) return;
  countMembers(now);
  if (scheduler_.handleTimeout(now) == rtp::rtcp::RtcpScheduler::Due::kReport) scheduler_.sent(now, sendReports(now));
}

void MediaSession::requestKeyFrame(TimePoint now, const RtpReceiver& receiver) {
  startReports(now);
  std::vector<rtp::rtcp::Packet> feedback;
  for (auto& [ssrc, candidate] : receivers_) {
    if (candidate->config().receiver.get() != &receiver) continue;
    candidate->wantKeyFrame();
    candidate->handleTimeout(now, feedback);
  }
  if (!feedback.empty()) sendFeedback(now, std::move(feedback));
}

// ---- statistics ----

void MediaSession::addStats(RTCStatsReport& out) const {
  for (const auto& [mid, section] : sections_) {
    if (!section.sender) continue;
    const RtpStreamSender& stream = section.sender->stream();
    RTCOutboundRtpStreamStats stats;
    stats.kind = std::string(name(section.negotiated.transceiver->kind()));
    stats.mid = mid;
    if (const auto track = section.sender->sender()->track()) stats.trackIdentifier = track->id();
    stats.ssrc = stream.ssrc().value();
    stats.codec = stats.kind + "/" + stream.config().codec.name;
    stats.packetsSent = stream.statistics().packetsSent();
    stats.bytesSent = stream.statistics().payloadBytesSent();
    stats.totalPacketSendDelay = stream.totalDelay().toSeconds();
    stats.retransmittedPacketsSent = stream.repairs().resent;
    stats.retransmittedBytesSent = stream.repairs().resentBytes;
    stats.retransmissionsRefused = stream.repairs().capped;
    stats.nackCount = stream.nackCount();
    if (auto requests = keyFrameRequests_.find(stream.ssrc()); requests != keyFrameRequests_.end()) {
      stats.pliCount = requests->second.first;
      stats.firCount = requests->second.second;
    }
    if (auto report = stream.statistics().lastReport()) stats.remotePacketsLost = report->cumulativeLost;
    stats.remoteFractionLost = stream.statistics().fractionLost();
    stats.remoteJitter = stream.statistics().remoteJitter().toSeconds();
    if (auto rtt = stream.statistics().roundTripTime()) stats.roundTripTime = rtt->toSeconds();
    section.sender->addStats(stats);
    out.outboundRtp.push_back(std::move(stats));
  }
  for (const auto& [ssrc, receiver] : receivers_) {
    const auto section = sections_.find(receiver->config().mid);
    if (section == sections_.end()) continue;
    RTCInboundRtpStreamStats stats;
    stats.kind = std::string(name(section->second.negotiated.transceiver->kind()));
    stats.mid = section->first;
    stats.trackIdentifier = receiver->config().receiver->track()->id();
    stats.ssrc = ssrc.value();
    stats.codec = stats.kind + "/" + receiver->codecName();
    stats.packetsReceived = receiver->statistics().packetsReceived();
    stats.bytesReceived = receiver->statistics().bytesReceived();
    stats.packetsLost = receiver->statistics().packetsLost();
    stats.jitter = receiver->statistics().jitter().toSeconds();
    stats.retransmittedPacketsReceived = receiver->retransmittedPackets;
    receiver->addStats(stats);
    out.inboundRtp.push_back(std::move(stats));
  }
}

Ssrc MediaSession::localSsrc() const {
  for (const auto& [mid, section] : sections_) {
    if (section.sender) return section.sender->stream().ssrc();
  }
  return fallbackSsrc_;
}

}  // namespace tincan::stack

#include "stack/media_session.h"

#include <algorithm>
#include <utility>

#include "rtp/congestion/delay_loss_controller.h"
#include "rtp/congestion/fixed_rate_controller.h"
#include "rtp/congestion/scream_controller.h"
#include "sdp/text.h"
#include "stack/audio_receiver.h"
#include "stack/audio_sender.h"
#include "stack/jsep/codec_format.h"
#include "stack/section_fec.h"
#include "stack/transport.h"
#include "stack/video_receiver.h"
#include "stack/video_sender.h"

namespace tincan::inline v0::stack {
namespace {

constexpr size_t kMaxHeldPackets = 8192;  // LIMITS B22
constexpr double kMaxPacingFactor = 1000;
constexpr double kRtcpShare = 0.05;  // RFC 3550 §6.2: of the session's bandwidth
// Where sizes decide: what is sent to a peer that reports nothing, and what RTCP's share is taken of.
constexpr uint32_t kUsualVideoBitrate = 1'000'000;
constexpr uint64_t kMinVideoBitrate = 50'000;  // a few small pictures a second

// webrtc-priority §4.2.1.
double weightOf(RTCPriorityType priority) {
  switch (priority) {
    case RTCPriorityType::kVeryLow: return 0.5;
    case RTCPriorityType::kLow: return 1;
    case RTCPriorityType::kMedium: return 2;
    case RTCPriorityType::kHigh: return 4;
  }
  return 1;
}

// What is around a payload: RTP's header, its extensions and the payload format's words, about 30 bytes, and what is
// below RTP. Of a video packet of 1,200 bytes; of 50 packets of sound a second.
constexpr uint64_t kAround = 30 + session::Congestion::kOverhead;
constexpr uint64_t kSoundHeaders = 50 * 8 * kAround;

uint64_t withHeaders(uint64_t bitrate) {
  return bitrate + bitrate * kAround / 1200;
}
uint32_t withoutHeaders(uint64_t bitrate) {
  return static_cast<uint32_t>(std::min<uint64_t>(bitrate * 1200 / (1200 + kAround), UINT32_MAX));
}

rtp::ExtensionMap extensionMap(const NegotiatedSection& section) {
  rtp::ExtensionMap map;
  map.allowMixed = section.extmapAllowMixed;
  for (const ExtensionSpec& extension : section.extensions) {
    if (auto kind = rtp::extensionKind(extension.uri)) map.add(*kind, extension.id);
  }
  return map;
}

// What is missing of pictures is asked for; the jitter buffer, which knows frames, sorts what comes of it.
session::Section toSession(const NegotiatedSection& section) {
  session::Section out;
  out.mid = section.mid;
  out.receive = section.receive;
  out.extensions = extensionMap(section);
  out.passOld = true;
  for (const CodecSpec& codec : section.codecs) {
    session::Format& format = out.formats.emplace_back();
    format.type = PayloadType(codec.payloadType);
    format.clockRate = codec.clockRate;
    if (codec.rtxPayloadType) format.rtxType = PayloadType(*codec.rtxPayloadType);
    out.transportFeedback |= codec.hasFeedback("transport-cc");
    out.congestionFeedback |= codec.hasFeedback(kCongestionFeedback);
    out.remb |= codec.hasFeedback("goog-remb");
    out.nack |= codec.hasFeedback("nack");
  }
  out.remoteRids = section.receiveRids;
  out.fec = fecTypes(section);
  for (const uint32_t ssrc : section.remoteSsrcs) out.remoteSsrcs.push_back(Ssrc(ssrc));
  for (const RtxPair& pair : section.remoteRtx) out.remoteRtx.push_back({Ssrc(pair.ssrc), Ssrc(pair.rtxSsrc)});
  return out;
}

session::RtpSession::Config toSession(const MediaSession::Config& config) {
  session::RtpSession::Config out;
  out.reports.cname = config.cname;
  out.reports.unixMicrosAtZero = config.unixMicrosAtZero;
  out.reports.bandwidth = kRtcpShare * (config.videoBitrate > 0 ? config.videoBitrate : kUsualVideoBitrate) / 8;
  out.pacing.enabled = config.pacing.enabled;
  return out;
}

// RFC 4733 §2.1: telephone-event with the clock of the codec that it stands in for.
std::optional<PayloadType> tonePayloadType(const NegotiatedSection& section, const CodecSpec& sending) {
  for (const CodecSpec& codec : section.codecs) {
    if (sdp::equalsIgnoringCase(codec.name, "telephone-event") && codec.clockRate == sending.clockRate)
      return PayloadType(codec.payloadType);
  }
  return std::nullopt;
}

}  // namespace

MediaSession::MediaSession(Config config, Transport& transport, std::shared_ptr<EventQueue> events,
                           RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      transport_(transport),
      events_(std::move(events)),
      random_(random),
      pool_(pool),
      rtp_(toSession(config_), transport, *this, random, pool),
      decoders_(config_.decoding),
      videoTarget_(config_.videoBitrate > 0 ? config_.videoBitrate : kUsualVideoBitrate) {
  rtp_.setObserver(this);
}

MediaSession::~MediaSession() = default;

// ---- what was negotiated ----

void MediaSession::apply(const std::vector<NegotiatedSection>& sections) {
  for (auto it = sections_.begin(); it != sections_.end();) {
    const bool kept = std::any_of(sections.begin(), sections.end(),
                                  [&](const NegotiatedSection& section) { return section.mid == it->first; });
    if (!kept) dropSender(it->second);
    it = kept ? std::next(it) : sections_.erase(it);
  }
  std::vector<session::Section> agreed;
  for (const NegotiatedSection& section : sections) {
    applySection(section);
    agreed.push_back(toSession(section));
  }
  rtp_.setSections(std::move(agreed));
  const auto reports = peerReports();
  if (reports && (!congestion_ || congestion_->reports() != *reports)) beginCongestionControl(*reports);
  wanted_ = 0;
  congestion_ ? adapt(now_) : updatePacingRate();
}

void MediaSession::applySection(const NegotiatedSection& negotiated) {
  Section& section = sections_[negotiated.mid];
  negotiated.transceiver->sender()->keepCodecs(negotiated.sendable);
  const bool sameCodec = section.sender && !negotiated.codecs.empty() &&
                         section.sending == codecsToSend({negotiated, nullptr, {}, {}, {}, {}}) &&
                         section.negotiated.sendRids == negotiated.sendRids;
  section.negotiated = negotiated;
  if (negotiated.receiveRids.empty())
    section.layers.reset();
  else if (!section.layers)
    section.layers = std::make_shared<LayerSelector>();
  if (!negotiated.send) {
    dropSender(section);
  } else if (!sameCodec) {
    dropSender(section);
    makeSender(section);
  }
  for (const auto& [ssrc, receiver] : receivers_) {
    if (receiver->config().mid == negotiated.mid) receiver->setCodecs(negotiated.codecs);
  }
}

void MediaSession::dropSender(Section& section) {
  if (!section.sender) return;
  const MediaSender::Streams streams = section.sender->streams();
  section.sender.reset();
  for (session::OutboundStream* stream : streams) rtp_.remove(*stream);
}

// The stream of one encoding of the sender's; it has a name where there are several.
session::OutboundStream& MediaSession::addStream(const Section& section, size_t encoding) {
  const RtpSender& sender = *section.negotiated.transceiver->sender();
  session::OutboundStream::Config config;
  config.ssrc = Ssrc(sender.ssrcs_[encoding].media);
  config.rtxSsrc = Ssrc(sender.ssrcs_[encoding].rtx);
  config.mid = section.negotiated.mid;
  if (encoding < section.negotiated.sendRids.size()) config.rid = section.negotiated.sendRids[encoding];
  const CodecSpec& sending = section.sending[encoding];
  config.payloadType = PayloadType(sending.payloadType);
  config.clockRate = sending.clockRate;
  if (sending.rtxPayloadType) config.rtxPayloadType = PayloadType(*sending.rtxPayloadType);
  config.nack = sending.hasFeedback("nack");
  config.extensions = extensionMap(section.negotiated);
  config.priority = section.kind() == MediaKind::kAudio ? rtp::Pacer::Priority::kAudio : rtp::Pacer::Priority::kVideo;
  protect(config, section.negotiated, sending, config_.fec);
  return rtp_.add(std::move(config));
}

// Of a track whose frames are encoded: the codec that they are in. Where that was not negotiated the sender refuses them.
// Else what the parameters of each encoding name.
std::vector<CodecSpec> MediaSession::codecsToSend(const Section& section) const {
  const RtpSender& sender = *section.negotiated.transceiver->sender();
  const auto find = [&](const media::CodecFormat& format) -> const CodecSpec* {
    for (const CodecSpec& codec : section.negotiated.sendable)
      if (media::sameCodec(formatOf(section.kind(), codec), format)) return &codec;
    return nullptr;
  };
  const size_t count = std::clamp<size_t>(section.negotiated.sendRids.size(), 1, sender.ssrcs_.size());
  std::vector<CodecSpec> out(count, section.negotiated.sendingCodec());
  const auto source = sender.track() ? sender.track()->encodedSource() : nullptr;
  for (size_t i = 0; i < count; ++i) {
    const auto& wish = sender.encodings()[std::min(i, sender.encodings().size() - 1)].codec;
    const CodecSpec* found = source ? find(source->format()) : wish ? find(formatOf(*wish)) : nullptr;
    if (found) out[i] = *found;
  }
  return out;
}

// replaceTrack() may have brought frames of another kind, and setParameters() another codec.
void MediaSession::followSender(Section& section) {
  const RtpSender& sender = *section.sender->sender();
  const auto streams = section.sender->streams();
  for (size_t i = 0; i < streams.size(); ++i) {
    const auto& wish = sender.encodings()[std::min(i, sender.encodings().size() - 1)].networkPriority;
    streams[i]->setDscp(dscpOf(wish.value_or(RTCPriorityType::kLow), section.kind() == MediaKind::kAudio));
  }
  const auto track = sender.track();
  const auto source = track ? track->encodedSource() : section.source;
  const auto asks = [](const RTCRtpEncodingParameters& each, const std::optional<RTCRtpCodec>& asked) {
    return each.codec == asked;
  };
  const auto& encodings = sender.encodings();
  if (source == section.source &&
      std::equal(encodings.begin(), encodings.end(), section.asked.begin(), section.asked.end(), asks))
    return;
  section.source = source;
  noteWishes(section);
  if (section.sending == codecsToSend(section)) return;
  dropSender(section);
  makeSender(section);
  wanted_ = 0;
  congestion_ ? adapt(now_) : updatePacingRate();
}

void MediaSession::noteWishes(Section& section) {
  section.asked.clear();
  for (const auto& each : section.negotiated.transceiver->sender()->encodings()) section.asked.push_back(each.codec);
}

void MediaSession::makeSender(Section& section) {
  const auto& sender = section.negotiated.transceiver->sender();
  const bool sound = section.kind() == MediaKind::kAudio;
  section.sending = codecsToSend(section);
  noteWishes(section);
  const auto track = sender->track();
  section.source = track ? track->encodedSource() : nullptr;
  std::vector<media::CodecFormat> formats;
  for (const CodecSpec& each : section.sending) formats.push_back(formatOf(section.kind(), each));
  const CodecWork where(config_.executor, events_);
  if (sound) {
    auto made =
        std::make_unique<AudioSender>(sender, addStream(section, 0), events_, codecs(), formats.front(), pool_, where);
    made->setTones(tonePayloadType(section.negotiated, section.sending.front()));
    section.sender = std::move(made);
  } else {
    MediaSender::Streams streams;
    for (size_t i = 0; i < formats.size(); ++i) streams.push_back(&addStream(section, i));
    section.sender = std::make_unique<VideoSender>(sender, std::move(streams), events_, codecs(), formats, videoTarget_,
                                                   random_, pool_, where);
  }
}

// ---- congestion control ----

std::optional<session::Congestion::Reports> MediaSession::peerReports() const {
  std::optional<session::Congestion::Reports> out;
  for (const auto& [mid, section] : sections_) {
    if (!section.sender || section.kind() != MediaKind::kVideo) continue;
    const CodecSpec& sending = section.sending.front();
    if (sending.hasFeedback(kCongestionFeedback)) return session::Congestion::Reports::kBySsrc;
    if (sending.hasFeedback("transport-cc") &&
        extensionMap(section.negotiated).id(rtp::ExtensionKind::kTransportSequence) != 0)
      out = session::Congestion::Reports::kTransportWide;
  }
  return out;
}

void MediaSession::beginCongestionControl(session::Congestion::Reports reports) {
  rtp::RateLimits limits;
  limits.start = config_.congestion.startBitrate;
  limits.least = config_.congestion.minBitrate;
  if (config_.congestion.maxBitrate > 0) limits.most = std::max(config_.congestion.maxBitrate, limits.least);
  std::unique_ptr<rtp::RateController> controller;
  if (config_.congestion.make) controller = config_.congestion.make(limits);
  if (!controller) {
    switch (config_.congestion.controller) {
      case CongestionSettings::Controller::kDelayAndLoss:
        controller = std::make_unique<rtp::DelayLossController>(now_, limits);
        break;
      case CongestionSettings::Controller::kFixed:
        controller = std::make_unique<rtp::FixedRateController>(limits);
        break;
      case CongestionSettings::Controller::kScream:
        controller = std::make_unique<rtp::ScreamController>(now_, limits);
        break;
    }
  }
  limits_ = limits;
  shared_ = 0;
  congestion_.reset();  // its end takes marks off the queue
  congestion_.emplace(std::move(controller), rtp_.queue(), reports);
}

// What was learnt of one way says nothing of another.
void MediaSession::noteRoute(TimePoint now) {
  const uint64_t before = std::exchange(routes_, transport_.candidatePairChanges());
  if (before == 0 || before == routes_ || !congestion_) return;
  congestion_->onRouteChange(now);
  shared_ = 0;
  adapt(now);
}

// What was configured, or what pictures of their size are worth.
uint32_t MediaSession::mostOf(const MediaSender& sender) const {
  return config_.videoBitrate > 0 ? config_.videoBitrate : sender.mostBySize();
}

// Pictures of another size may have more, or take less.
void MediaSession::noteSizes(TimePoint now) {
  if (config_.videoBitrate > 0) return;
  bool changed = false;
  for (auto& [mid, section] : sections_) {
    if (!section.sender || section.kind() != MediaKind::kVideo) continue;
    const uint32_t most = section.sender->mostBySize();
    if (std::exchange(section.mostBySize, most) == most) continue;
    changed = true;
    // Nobody says what the line carries: no more than most do.
    if (!congestion_ && availableOutgoingBitrate_ == 0 && section.sender->streams().size() == 1)
      section.sender->setBitrate(std::min(most, kUsualVideoBitrate));
  }
  if (changed) congestion_ ? adapt(now) : updatePacingRate();
}

// Hands what the controller allows to the encoders. Headers, tags and repairs are of it, too.
void MediaSession::adapt(TimePoint now) {
  std::vector<rtp::RateDemand> demands;
  std::vector<MediaSender*> senders;
  for (auto& [mid, section] : sections_) {
    if (!section.sender) continue;
    rtp::RateDemand& demand = demands.emplace_back();
    demand.id = static_cast<uint32_t>(senders.size());
    demand.sound = section.kind() == MediaKind::kAudio;
    demand.mayPause = false;
    demand.priority = weightOf(section.sender->sender()->encoding().priority);
    if (demand.sound) {
      const auto* red = section.sender->stream().red();
      const uint64_t rate = section.sender->bitrate() * (1 + (red ? red->generations() : 0)) + kSoundHeaders;
      demand.layers = {{rate, rate, rate}};
    } else {
      for (const rtp::RateRange& each : section.sender->layerRates())
        demand.layers.push_back({withHeaders(each.least), withHeaders(each.target), withHeaders(each.most)});
      const uint64_t most = withHeaders(std::max<uint64_t>(mostOf(*section.sender), kMinVideoBitrate));
      if (demand.layers.empty()) demand.layers = {{withHeaders(kMinVideoBitrate), most, most}};
      section.sender->setWanted(mostOf(*section.sender));
    }
    senders.push_back(section.sender.get());
  }
  if (const uint64_t wanted = rtp::BitrateAllocator::wanted(demands); wanted != wanted_) {
    wanted_ = wanted;
    shared_ = 0;
    congestion_->setLimits(now, limits_, wanted);
  }
  const uint64_t allowed = congestion_->target().bitrate;
  const uint64_t repairs = std::min(congestion_->repairRate(), allowed / 2);
  if (allowed - repairs == shared_) return;
  shared_ = allowed - repairs;
  for (const rtp::RateShare& share : allocator_.allocate(shared_, demands)) {
    if (demands[share.id].sound) continue;
    if (demands[share.id].layers.size() > 1) {
      senders[share.id]->setBitrate(withoutHeaders(share.total));
      continue;
    }
    // Rounding is no want of rate.
    const bool all = share.total >= demands[share.id].layers.front().most;
    videoTarget_ = all ? mostOf(*senders[share.id]) : withoutHeaders(share.total);
    senders[share.id]->setBitrate(videoTarget_);
  }
}

// Without an estimate of our own, what the encoders aim at, which REMB lowers, stands for what the path carries.
void MediaSession::updatePacingRate() {
  double target = 0;
  for (const auto& [mid, section] : sections_) {
    if (section.sender) target += section.sender->bitrate();
  }
  const double factor = std::clamp(config_.pacing.factor, 1.0, kMaxPacingFactor);
  rtp_.queue().setPacingRate(static_cast<uint64_t>(target * factor));
  rtp_.queue().repairs().setLineRate(static_cast<uint64_t>(target));
}

// ---- what the session hears ----

void MediaSession::receive() {
  Transport::Media media;
  bool reported = false;
  while (transport_.pollMedia(media)) {
    now_ = media.at;
    reported |= media.rtcp;
    if (media.rtcp) {
      rtp_.receiveRtcp(media.at, media.packet);
    } else {
      const Ecn ecn = media.packet.ecn();
      rtp_.receiveRtp(media.at, ecn, std::move(media.packet));
      sync_.run(media.at, receivers_);
    }
  }
  if (!reported || !congestion_) return;
  congestion_->settle(now_);
  adapt(now_);
}

void MediaSession::onStream(TimePoint, session::InboundStream& stream) {
  const auto section = sections_.find(stream.config().mid);
  if (section == sections_.end()) return;
  MediaReceiver::Config config;
  config.mid = stream.config().mid;
  config.stream = &stream;
  config.codecs = section->second.negotiated.codecs;
  config.factory = &codecs();
  config.receiver = section->second.negotiated.transceiver->receiver();
  config.events = events_;
  config.work = {config_.executor, events_};
  for (const ReceivedLayer& layer : config.receiver->layers()) {
    if (layer.rid != stream.config().rid) continue;
    config.layerTrack = layer.track;
    config.selector = section->second.layers;
  }
  std::unique_ptr<MediaReceiver> receiver;
  if (section->second.kind() == MediaKind::kAudio) {
    receiver = std::make_unique<AudioReceiver>(std::move(config));
  } else {
    receiver = std::make_unique<VideoReceiver>(std::move(config), decoders_);
  }
  if (const auto rtt = rtp_.reporter().roundTripTime()) receiver->setRoundTripTime(*rtt);
  receivers_.insert_or_assign(stream.ssrc(), std::move(receiver));
}

// LIMITS B22. What is held is counted where it grows: sources that have given packets back since are asked only when the
// bound seems to be reached.
void MediaSession::onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) {
  const auto found = receivers_.find(stream.ssrc());
  if (found == receivers_.end()) return;
  MediaReceiver& receiver = *found->second;
  const size_t before = receiver.heldPackets();
  receiver.receive(std::move(packet));
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
  ++heldOverBudget_;
  heldAtMost_ -= fullest->heldPackets();
  fullest->dropHeld();
}

void MediaSession::onGoodbye(session::InboundStream& stream) {
  const auto found = receivers_.find(stream.ssrc());
  if (found != receivers_.end()) found->second->goodbye();
}

MediaSession::Section* MediaSession::sectionOf(const session::OutboundStream& stream) {
  for (auto& [mid, section] : sections_) {
    if (!section.sender) continue;
    const auto& streams = section.sender->streams();
    if (std::find(streams.begin(), streams.end(), &stream) != streams.end()) return &section;
  }
  return nullptr;
}

void MediaSession::onKeyFrameRequest(TimePoint, session::OutboundStream& stream) {
  if (Section* section = sectionOf(stream)) section->sender->wantKeyFrame(stream);
}

void MediaSession::onCollision(TimePoint, session::OutboundStream& stream,
                               const session::OutboundStream::Config& instead) {
  Section* section = sectionOf(stream);
  if (!section) return;
  RtpSender& sender = *section->negotiated.transceiver->sender();
  for (RtpSender::Ssrcs& own : sender.ssrcs_)
    if (own.media == stream.ssrc().value()) own = {instead.ssrc.value(), instead.rtxSsrc.value()};
  dropSender(*section);
  makeSender(*section);
  shared_ = 0;
  congestion_ ? adapt(now_) : updatePacingRate();
}

// draft-alvestrand-rmcat-remb-03 §2: the rate is the total for all sources that it names. Sound takes what it takes, and
// pictures share what is left. libwebrtc names the repair streams too: they are of the sources that they repair. Beyond
// what was configured the peer cannot drive an encoder, nor below what still makes a picture.
void MediaSession::onRemb(TimePoint now, const rtp::rtcp::Remb& remb) {
  if (congestion_) {
    ++rembs_;
    congestion_->onRemb(now, remb);
    return;
  }
  std::vector<MediaSender*> adapting;
  uint64_t sound = 0;
  for (auto& [mid, section] : sections_) {
    if (!section.sender) continue;
    const auto& streams = section.sender->streams();
    const auto isNamed = [&](Ssrc ssrc) {
      return std::any_of(streams.begin(), streams.end(), [&](const auto* stream) { return stream->uses(ssrc); });
    };
    if (std::none_of(remb.ssrcs.begin(), remb.ssrcs.end(), isNamed)) continue;
    if (section.kind() == MediaKind::kAudio) {
      sound += section.sender->bitrate();
    } else {
      adapting.push_back(section.sender.get());
    }
  }
  ++rembs_;
  availableOutgoingBitrate_ = remb.bitrate;
  if (adapting.empty()) return;
  const uint64_t share = (remb.bitrate - std::min(remb.bitrate, sound)) / adapting.size();
  const auto whole = static_cast<uint32_t>(std::clamp<uint64_t>(share, kMinVideoBitrate, UINT32_MAX));
  for (MediaSender* sender : adapting) {
    const uint64_t most = std::max<uint64_t>(mostOf(*sender), kMinVideoBitrate);
    videoTarget_ = static_cast<uint32_t>(std::clamp<uint64_t>(share, kMinVideoBitrate, most));
    sender->setBitrate(sender->streams().size() > 1 ? whole : videoTarget_);
  }
  updatePacingRate();
}

// ---- time ----

void MediaSession::flush(TimePoint now) {
  collect(now);
  rtp_.flush(now);
}

// What has come back from workers, and from the application's transforms.
void MediaSession::collect(TimePoint now) {
  for (auto& [ssrc, receiver] : receivers_) receiver->collect(now);
  for (auto& [mid, section] : sections_) {
    if (section.sender) section.sender->collect(now);
    const auto transformer = section.negotiated.transceiver->receiver()->transformer();
    if (!transformer) continue;
    for (RTCRtpScriptTransformer::Written written; transformer->takeWritten(written);) {
      const auto passed = std::static_pointer_cast<MediaReceiver::Passed>(written.origin);
      const auto found = receivers_.find(passed->ssrc);
      if (found != receivers_.end()) found->second->resume(now, *passed, std::move(written));
    }
    if (transformer->takeKeyFrameWish()) requestKeyFrame(now, *section.negotiated.transceiver->receiver());
  }
}

TimePoint MediaSession::nextTimeout() const {
  TimePoint next = rtp_.nextTimeout();
  if (transport_.mediaReady()) {
    for (const auto& [mid, section] : sections_) {
      if (section.sender) next = earlier(next, section.sender->nextTimeout());
    }
    if (congestion_) next = earlier(next, congestion_->nextTimeout());
  }
  for (const auto& [ssrc, receiver] : receivers_) next = earlier(next, receiver->nextTimeout());
  return next;
}

void MediaSession::handleTimeout(TimePoint now) {
  now_ = now;
  flush(now);
  if (!transport_.mediaReady()) return;
  noteRoute(now);
  if (congestion_ && congestion_->nextTimeout() <= now) {
    congestion_->handleTimeout(now);
    adapt(now);
  }
  rtp_.start(now);
  for (auto& [mid, section] : sections_) {
    if (section.sender) followSender(section);
    if (section.sender && section.sender->nextTimeout() <= now) section.sender->handleTimeout(now);
  }
  for (auto& [ssrc, receiver] : receivers_) {
    if (receiver->nextTimeout() <= now) receiver->handleTimeout(now);
  }
  const uint64_t reports = rtp_.reporter().reports();
  rtp_.handleTimeout(now);
  const auto rtt = rtp_.reporter().roundTripTime();
  if (reports == rtp_.reporter().reports() || !rtt) return;
  for (auto& [ssrc, receiver] : receivers_) receiver->setRoundTripTime(*rtt);
}

void MediaSession::requestKeyFrame(TimePoint now, const RtpReceiver& receiver) {
  rtp_.start(now);
  for (auto& [ssrc, candidate] : receivers_) {
    if (candidate->config().receiver.get() == &receiver) candidate->wantKeyFrame(now);
  }
  rtp_.handleTimeout(now);
}

void MediaSession::close(TimePoint now) {
  rtp_.close(now);
  sections_.clear();
}

// ---- statistics ----

MediaSession::Counters MediaSession::counters() const {
  Counters out;
  out.unknownSsrc = rtp_.router().counters().unknownSsrc;
  out.malformed = rtp_.counters().malformed;
  out.receiversRefused = rtp_.router().counters().refused;
  out.heldOverBudget = heldOverBudget_;
  out.collisions = rtp_.collisions();
  out.rembs = rembs_;
  return out;
}

MediaSession::Marks MediaSession::marks() const {
  Marks out;
  out.reportsSent = rtp_.counters().congestionReports;
  if (!congestion_) return out;
  out.reportsReceived = congestion_->congestionReports();
  out.sending = rtp_.queue().ecn() == Ecn::kCapable1;
  out.seen = congestion_->marked();
  return out;
}

RTCOutboundRtpStreamStats MediaSession::statsOf(const Section& section, size_t encoding) const {
  const session::OutboundStream& stream = *section.sender->streams()[encoding];
  RTCOutboundRtpStreamStats out;
  out.kind = std::string(name(section.kind()));
  out.mid = section.negotiated.mid;
  if (const auto track = section.sender->sender()->track()) out.trackIdentifier = track->id();
  out.ssrc = stream.ssrc().value();
  out.codec = out.kind + "/" + section.sending[encoding].name;
  if (section.sending[encoding].rtxPayloadType) out.rtxSsrc = stream.config().rtxSsrc.value();
  out.packetsSent = stream.statistics().packetsSent();
  out.headerBytesSent = stream.statistics().bytesSent() - stream.statistics().payloadBytesSent();
  out.bytesSent = stream.statistics().payloadBytesSent();
  out.totalPacketSendDelay = stream.totalDelay().toSeconds();
  out.retransmittedPacketsSent = stream.repairs().resent;
  out.retransmittedBytesSent = stream.repairs().resentBytes;
  out.retransmissionsRefused = stream.repairs().capped;
  if (stream.sentWithEct1() > 0) out.packetsSentWithEct1 = stream.sentWithEct1();
  out.nackCount = stream.nackCount();
  out.pliCount = stream.pliCount;
  out.firCount = stream.firCount;
  if (const auto* told = congestion_ ? congestion_->reported(stream.ssrc()) : nullptr) {
    out.remoteWithEct1 = told->ect1;
    out.remoteWithCe = told->ce;
    out.remoteBleached = told->bleached;
    out.remoteReportedLost = told->lost;
    out.remoteRecovered = told->recovered;
  }
  if (auto report = stream.statistics().lastReport()) out.remotePacketsLost = report->cumulativeLost;
  out.remoteFractionLost = stream.statistics().fractionLost();
  out.remoteJitter = stream.statistics().remoteJitter().toSeconds();
  if (auto rtt = stream.statistics().roundTripTime()) out.roundTripTime = rtt->toSeconds();
  out.totalRoundTripTime = stream.statistics().roundTripSum().toSeconds();
  out.roundTripTimeMeasurements = stream.statistics().roundTrips();
  section.sender->addStats(out, encoding);
  return out;
}

RTCInboundRtpStreamStats MediaSession::statsOf(const Section& section, const MediaReceiver& receiver) const {
  const session::InboundStream& stream = receiver.stream();
  RTCInboundRtpStreamStats out;
  out.kind = std::string(name(section.kind()));
  out.mid = section.negotiated.mid;
  const auto& layer = receiver.config().layerTrack;
  out.trackIdentifier = (layer ? layer : receiver.config().receiver->track())->id();
  out.ssrc = stream.ssrc().value();
  out.codec = out.kind + "/" + receiver.codecName();
  out.packetsReceived = stream.statistics().packetsReceived();
  out.bytesReceived = stream.payloadBytes();
  out.headerBytesReceived = stream.statistics().bytesReceived() - (stream.payloadBytes() - stream.retransmittedBytes());
  if (!stream.statistics().lastArrival().isNever())
    out.lastPacketReceivedTimestamp = wallMillis(stream.statistics().lastArrival());
  for (const RtxPair& pair : section.negotiated.remoteRtx)
    if (pair.ssrc == out.ssrc) out.rtxSsrc = pair.rtxSsrc;
  out.packetsLost = stream.statistics().packetsLost();
  out.jitter = stream.statistics().jitter().toSeconds();
  out.packetsReceivedWithEct1 = stream.receivedWithEct1;
  out.packetsReceivedWithCe = stream.receivedWithCe;
  out.retransmittedPacketsReceived = stream.retransmittedPackets();
  out.retransmittedBytesReceived = stream.retransmittedBytes();
  addFecStats(stream, out);
  receiver.addStats(out);
  return out;
}

double MediaSession::wallMillis(TimePoint at) const {
  return static_cast<double>(config_.unixMicrosAtZero + at.micros()) / 1000;
}

// webrtc-stats, RTCRemoteOutboundRtpStreamStats: once a sender report has told it.
void MediaSession::addRemoteStats(RTCStatsReport& out, const MediaReceiver& receiver,
                                  const RTCInboundRtpStreamStats& local) const {
  const auto& told = receiver.stream().statistics().senderTold();
  if (told.reports == 0) return;
  RTCRemoteOutboundRtpStreamStats& remote = out.remoteOutboundRtp.emplace_back();
  remote.ssrc = local.ssrc;
  remote.kind = local.kind;
  remote.packetsSent = told.packets;
  remote.bytesSent = told.octets;
  remote.reportsSent = told.reports;
  if (const auto at = receiver.stream().statistics().lastSenderReport())
    remote.remoteTimestamp = static_cast<double>(at->toUnixMicros()) / 1000;
}

void MediaSession::addStats(RTCStatsReport& out) const {
  for (const auto& [mid, section] : sections_) {
    for (size_t i = 0; section.sender && i < section.sender->streams().size(); ++i)
      out.outboundRtp.push_back(statsOf(section, i));
  }
  for (const auto& [ssrc, receiver] : receivers_) {
    const auto section = sections_.find(receiver->config().mid);
    if (section == sections_.end()) continue;
    out.inboundRtp.push_back(statsOf(section->second, *receiver));
    addRemoteStats(out, *receiver, out.inboundRtp.back());
  }
}

}  // namespace tincan::inline v0::stack

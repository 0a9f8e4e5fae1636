#include "stack/media_session.h"

#include <utility>

#include "stack/rtp_stream_stats.h"

namespace tincan::inline v0::stack {
namespace {

constexpr double kRtcpShare = 0.05;  // RFC 3550 §6.2: of the session's bandwidth

session::RtpSession::Config toSession(const MediaSession::Config& config) {
  session::RtpSession::Config out;
  out.reports.cname = config.cname;
  out.reports.unixMicrosAtZero = config.unixMicrosAtZero;
  out.reports.bandwidth =
      kRtcpShare * (config.videoBitrate > 0 ? config.videoBitrate : SenderRates::kUsualVideoBitrate) / 8;
  out.pacing.enabled = config.pacing.enabled;
  return out;
}

const media::CodecFactory& codecsOf(const MediaSession::Config& config) {
  return config.codecs ? *config.codecs : media::builtInCodecs();
}

}  // namespace

MediaSession::MediaSession(Config config, Transport& transport, std::shared_ptr<EventQueue> events,
                           RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      sink_(transport),
      rtp_(toSession(config_), sink_, *this, random, pool),
      senders_({codecsOf(config_), {config_.executor, events}, config_.fec}, rtp_, events, random, pool),
      rates_({config_.videoBitrate, config_.congestion, config_.pacing}, senders_, rtp_.queue()),
      receivers_({codecsOf(config_), {config_.executor, events}, config_.decoding, config_.unixMicrosAtZero}, events) {
  rtp_.setObserver(&rates_);
}

MediaSession::~MediaSession() = default;

void MediaSession::apply(const std::vector<NegotiatedSection>& sections) {
  senders_.apply(sections, rates_.start());
  std::vector<session::Section> agreed;
  for (const NegotiatedSection& section : sections) {
    receivers_.setCodecs(section.mid, section.codecs);
    agreed.push_back(toSession(section));
  }
  rtp_.setSections(std::move(agreed));
  rates_.negotiated(now_);
}

// ---- what the session hears ----

void MediaSession::receive(Transport& from) {
  Transport::Media media;
  bool reported = false;
  while (from.pollMedia(media)) {
    now_ = media.at;
    reported |= media.rtcp;
    if (media.rtcp) {
      rtp_.receiveRtcp(media.at, media.packet);
    } else {
      const Ecn ecn = media.packet.ecn();
      rtp_.receiveRtp(media.at, ecn, std::move(media.packet));
      receivers_.synchronize(media.at);
    }
  }
  if (reported) rates_.settle(now_);
}

void MediaSession::onStream(TimePoint, session::InboundStream& stream) {
  if (const MediaSection* section = senders_.find(stream.config().mid))
    receivers_.add(stream, *section, rtp_.reporter().roundTripTime());
}

void MediaSession::onKeyFrameRequest(TimePoint, session::OutboundStream& stream) {
  if (MediaSection* section = senders_.sectionOf(stream)) section->sender->wantKeyFrame(stream);
}

void MediaSession::onCollision(TimePoint, session::OutboundStream& stream,
                               const session::OutboundStream::Config& instead) {
  if (senders_.collide(stream, instead, rates_.start())) rates_.renew(now_);
}

// ---- time ----

void MediaSession::flush(TimePoint now) {
  collect(now);
  rtp_.flush(now);
}

// What has come back from workers, and from the application's transforms.
void MediaSession::collect(TimePoint now) {
  receivers_.collect(now);
  senders_.collect(now);
  for (auto& [mid, section] : senders_.sections()) {
    const RtpReceiver& receiver = *section.negotiated.transceiver->receiver();
    const auto transformer = receiver.transformer();
    if (!transformer) continue;
    for (RTCRtpScriptTransformer::Written written; transformer->takeWritten(written);)
      receivers_.resume(now, std::move(written));
    if (transformer->takeKeyFrameWish()) requestKeyFrame(now, receiver);
  }
}

TimePoint MediaSession::nextTimeout() const {
  const TimePoint next = earlier(rtp_.nextTimeout(), receivers_.nextTimeout());
  return sink_.mediaReady() ? earlier(next, earlier(senders_.nextTimeout(), rates_.nextTimeout())) : next;
}

void MediaSession::handleTimeout(TimePoint now) {
  now_ = now;
  flush(now);
  if (!sink_.mediaReady()) return;
  rates_.noteRoute(now, sink_.rtp().candidatePairChanges());
  rates_.handleTimeout(now);
  rates_.noteSizes();
  rtp_.start(now);
  for (auto& [mid, section] : senders_.sections()) {
    if (section.sender && senders_.follow(section, rates_.start())) rates_.renew(now);
    if (section.sender && section.sender->nextTimeout() <= now) section.sender->handleTimeout(now);
  }
  receivers_.handleTimeout(now);
  const uint64_t reports = rtp_.reporter().reports();
  rtp_.handleTimeout(now);
  const auto rtt = rtp_.reporter().roundTripTime();
  if (reports != rtp_.reporter().reports() && rtt) receivers_.setRoundTripTime(*rtt);
}

void MediaSession::requestKeyFrame(TimePoint now, const RtpReceiver& receiver) {
  rtp_.start(now);
  receivers_.wantKeyFrame(now, receiver);
  rtp_.handleTimeout(now);
}

void MediaSession::close(TimePoint now) {
  rtp_.close(now);
  senders_.clear();
}

// ---- statistics ----

MediaSession::Counters MediaSession::counters() const {
  Counters out;
  out.unknownSsrc = rtp_.router().counters().unknownSsrc;
  out.malformed = rtp_.counters().malformed;
  out.receiversRefused = rtp_.router().counters().refused;
  out.heldOverBudget = receivers_.heldOverBudget();
  out.collisions = rtp_.collisions();
  out.rembs = rates_.rembs();
  return out;
}

MediaSession::Marks MediaSession::marks() const {
  Marks out;
  out.reportsSent = rtp_.counters().congestionReports;
  const session::Congestion* congestion = rates_.congestion();
  if (!congestion) return out;
  out.reportsReceived = congestion->congestionReports();
  out.sending = rtp_.queue().ecn() == Ecn::kCapable1;
  out.seen = congestion->marked();
  return out;
}

void MediaSession::addStats(TimePoint now, RTCStatsReport& out) const {
  for (const auto& [mid, section] : senders_.sections()) {
    for (size_t i = 0; section.sender && i < section.sender->streams().size(); ++i)
      out.outboundRtp.push_back(outboundStats(section, i, rates_.congestion()));
  }
  for (const auto& [ssrc, receiver] : receivers_.all()) {
    const MediaSection* section = senders_.find(receiver->config().mid);
    if (!section) continue;
    out.inboundRtp.push_back(inboundStats(now, *section, *receiver, config_.unixMicrosAtZero));
    if (auto remote = remoteOutboundStats(*receiver, out.inboundRtp.back()))
      out.remoteOutboundRtp.push_back(std::move(*remote));
  }
}

}  // namespace tincan::inline v0::stack

#include <algorithm>
#include <utility>

#include "stack/ntp_millis.h"
#include "stack/rtp_transceiver.h"

// W3C RTCRtpReceiver (§5.3): its parameters, and whom it has heard.
namespace tincan::inline v0::stack {
namespace {

constexpr Duration kHeard = Duration::seconds(10);  // §5.3, getContributingSources()
constexpr double kMaxTarget = 4000;                 // §5.3, jitterBufferTarget: milliseconds

}  // namespace

RTCRtpCapabilities RtpReceiver::getCapabilities(MediaKind kind, const media::CodecFactory& codecs) {
  return receiveCapabilities(kind, codecs);
}

Result<void> RtpReceiver::setTransform(std::shared_ptr<RTCRtpScriptTransform> transform) {
  if (transform == transform_) return {};
  if (transform) {
    const auto end =
        track_->isVideo() ? RTCRtpScriptTransformer::End::kVideoReceiver : RTCRtpScriptTransformer::End::kAudioReceiver;
    if (auto begun = transform->begin(end, {}, wakeOf(link_)); !begun) return begun;
  }
  if (const auto before = std::exchange(transform_, std::move(transform))) before->end();
  return {};
}

std::shared_ptr<DtlsTransport> RtpReceiver::transport() const {
  return link_ && link_->host ? link_->host->transportOf(*this) : nullptr;
}

RTCStatsReport RtpReceiver::getStats() const {
  return link_ && link_->host ? link_->host->statsOf(*this) : RTCStatsReport();
}

RTCRtpReceiveParameters RtpReceiver::getParameters() const {
  RTCRtpReceiveParameters out;
  if (link_ && link_->host) static_cast<RTCRtpParameters&>(out) = link_->host->parametersOf(*this);
  return out;
}

Result<void> RtpReceiver::setJitterBufferTarget(std::optional<double> milliseconds) {
  if (milliseconds && !(*milliseconds >= 0 && *milliseconds <= kMaxTarget))
    return {ErrorCode::kRangeError, "jitterBufferTarget is 0 to 4000 milliseconds"};
  jitterBufferTarget_ = milliseconds;
  return {};
}

void RtpReceiver::noteSource(TimePoint at, uint32_t ssrc, uint32_t rtpTimestamp, std::optional<double> audioLevel,
                             std::span<const Contributor> contributors,
                             const std::optional<rtp::AbsCaptureTime>& captured) {
  note({at, ssrc, rtpTimestamp, audioLevel, false, captured});
  for (const Contributor& each : contributors) note({at, each.source, rtpTimestamp, each.audioLevel, true, captured});
}

// A peer that goes through SSRCs makes the oldest give way.
void RtpReceiver::note(const SeenSource& seen) {
  auto same = std::find_if(sources_.begin(), sources_.end(), [&](const SeenSource& each) {
    return each.source == seen.source && each.contributing == seen.contributing;
  });
  if (same == sources_.end() && sources_.size() < kMaxSources) same = sources_.emplace(sources_.end());
  if (same == sources_.end())
    same = std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  *same = seen;
}

template <class Source>
std::vector<Source> RtpReceiver::sources(bool contributing) const {
  if (!link_ || !link_->host) return {};
  std::vector<const SeenSource*> heard;
  for (const SeenSource& each : sources_)
    if (each.contributing == contributing && link_->host->now() - each.at <= kHeard) heard.push_back(&each);
  std::sort(heard.begin(), heard.end(), [](const auto* a, const auto* b) { return a->at > b->at; });
  std::vector<Source> out;
  for (const SeenSource* each : heard) {
    Source& source = out.emplace_back();
    source.timestamp = link_->host->wallMillis(each->at);
    source.source = each->source;
    source.audioLevel = each->audioLevel;
    source.rtpTimestamp = each->rtpTimestamp;
    if (!each->captured) continue;
    source.captureTimestamp = ntpMillis(each->captured->captured);
    if (each->captured->clockOffset) source.senderCaptureTimeOffset = ntpMillis(*each->captured->clockOffset);
  }
  return out;
}

std::vector<RTCRtpContributingSource> RtpReceiver::getContributingSources() const {
  return sources<RTCRtpContributingSource>(true);
}

std::vector<RTCRtpSynchronizationSource> RtpReceiver::getSynchronizationSources() const {
  return sources<RTCRtpSynchronizationSource>(false);
}

void RtpReceiver::nameLayers(const std::vector<RidSpec>& rids, RandomSource& random) {
  const auto before = std::exchange(layers_, {});
  for (const RidSpec& rid : rids) {
    const auto known =
        std::find_if(before.begin(), before.end(), [&](const ReceivedLayer& layer) { return layer.rid == rid.id; });
    layers_.push_back(known != before.end()
                          ? *known
                          : ReceivedLayer{rid.id, media::MediaStreamTrack::remote("video", media::newId(random))});
  }
}

}  // namespace tincan::inline v0::stack

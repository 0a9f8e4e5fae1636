#include <algorithm>
#include <utility>

#include "stack/api/encodings.h"
#include "stack/jsep/codec_format.h"
#include "stack/rtp_transceiver.h"

// W3C RTCRtpSender (§5.2): its track, its streams and its parameters.
namespace tincan::inline v0::stack {
namespace {

bool sameReadOnly(const RTCRtpSendParameters& a, const RTCRtpSendParameters& b) {
  if (a.headerExtensions != b.headerExtensions || !(a.rtcp == b.rtcp) || a.codecs != b.codecs) return false;
  return a.encodings.size() == b.encodings.size() &&
         std::equal(a.encodings.begin(), a.encodings.end(), b.encodings.begin(),
                    [](const auto& x, const auto& y) { return x.rid == y.rid; });
}

}  // namespace

Result<void> RtpSender::replaceTrack(MediaStreamTrackPtr track) {
  if (track && track->kind() != name(kind_)) {
    return {ErrorCode::kTypeError, "replaceTrack needs a track of kind " + std::string(name(kind_)) + ", this one is " +
                                       std::string(track->kind())};
  }
  if (auto usable = checkUsable("replaceTrack"); !usable) return usable;
  if (track && track->encodedSource()) {
    if (auto sendable = checkEncoded(*track); !sendable) return sendable;
  }
  track_ = std::move(track);
  return {};
}

// W3C §5.2, replaceTrack(): what would need a negotiation is refused. Frames that are encoded are sent as they are.
Result<void> RtpSender::checkEncoded(const media::MediaStreamTrack& track) const {
  if (!link_ || !link_->host) return {};
  const auto negotiated = link_->host->parametersOf(*this).codecs;
  const media::CodecFormat& format = track.encodedSource()->format();
  const bool known = std::any_of(negotiated.begin(), negotiated.end(), [&](const RTCRtpCodecParameters& codec) {
    return media::sameCodec(formatOf(codec), format);
  });
  if (negotiated.empty() || known) return {};
  return {ErrorCode::kInvalidModificationError,
          "replaceTrack: the track's frames are " + format.name +
              ", which was not negotiated: name it in setCodecPreferences() and negotiate again"};
}

// W3C §5.2: what a connection that is closed, or a transceiver that stops, answers to its sender.
Result<void> RtpSender::checkUsable(const char* method) const {
  if (link_ && (!link_->host || link_->host->isClosed()))
    return {ErrorCode::kInvalidStateError, std::string(method) + ": the connection is closed"};
  if (stopping_) return {ErrorCode::kInvalidStateError, std::string(method) + ": the transceiver was stopped"};
  return {};
}

Result<void> RtpSender::setStreams(const std::vector<MediaStreamPtr>& streams) {
  if (link_ && (!link_->host || link_->host->isClosed()))
    return {ErrorCode::kInvalidStateError, "setStreams: the connection is closed"};
  std::vector<std::string> ids;
  for (const auto& stream : streams)
    if (stream && std::find(ids.begin(), ids.end(), stream->id()) == ids.end()) ids.push_back(stream->id());
  setStreams(std::move(ids));
  return {};
}

void RtpSender::setStreams(std::vector<std::string> streamIds) {
  streamIds_ = std::move(streamIds);
  if (link_ && link_->host) link_->host->negotiationMayBeNeeded();
}

Result<void> RtpSender::setTransform(std::shared_ptr<RTCRtpScriptTransform> transform) {
  if (transform == transform_) return {};
  if (transform) {
    std::vector<std::string> rids;
    for (const RTCRtpEncodingParameters& each : encodings_)
      if (!each.rid.empty()) rids.push_back(each.rid);
    const auto end = kind_ == MediaKind::kVideo ? RTCRtpScriptTransformer::End::kVideoSender
                                                : RTCRtpScriptTransformer::End::kAudioSender;
    if (auto begun = transform->begin(end, std::move(rids), wakeOf(link_)); !begun) return begun;
  }
  if (const auto before = std::exchange(transform_, std::move(transform))) before->end();
  return {};
}

std::shared_ptr<DtlsTransport> RtpSender::transport() const {
  return link_ && link_->host ? link_->host->transportOf(*this) : nullptr;
}

RTCStatsReport RtpSender::getStats() const {
  return link_ && link_->host ? link_->host->statsOf(*this) : RTCStatsReport();
}

RTCRtpSendParameters RtpSender::getParameters() {
  RTCRtpSendParameters out;
  if (link_ && link_->host) {
    static_cast<RTCRtpParameters&>(out) = link_->host->parametersOf(*this);
    out.transactionId = link_->host->freshId();
  }
  out.encodings = encodings_;
  const media::CodecFactory& codecs = codecs_ ? *codecs_ : media::builtInCodecs();
  for (RTCRtpEncodingParameters& each : out.encodings) each.scalabilityMode = scalabilityInForce(each, out, codecs);
  out.degradationPreference = degradationPreference_;
  lastReturned_ = out;
  return out;
}

Result<void> RtpSender::setParameters(const RTCRtpSendParameters& parameters, const RTCSetParameterOptions& options) {
  if (auto usable = checkUsable("setParameters"); !usable) return usable;
  if (!lastReturned_) {
    return {ErrorCode::kInvalidStateError,
            "setParameters takes what getParameters() gave, once: call getParameters() first"};
  }
  if (parameters.encodings.empty() || parameters.transactionId != lastReturned_->transactionId ||
      !sameReadOnly(parameters, *lastReturned_)) {
    return {ErrorCode::kInvalidModificationError,
            "setParameters: only what is in the encodings may be changed, and not their number, order or rid"};
  }
  // webrtc-extensions §3.5.
  if (!options.encodingOptions.empty() && options.encodingOptions.size() != parameters.encodings.size())
    return {ErrorCode::kInvalidModificationError,
            "setParameters: encodingOptions are as many as the encodings, or none"};
  // W3C §5.2: before anything is negotiated, what this machine can send.
  std::vector<RTCRtpCodecParameters> known = parameters.codecs;
  if (known.empty()) {
    for (RTCRtpCodec& each : getCapabilities(kind_).codecs) known.push_back({std::move(each), 0});
  }
  auto checked = checkedEncodings(kind_, parameters.encodings, &known);
  if (!checked) return checked.error();
  const media::CodecFactory& codecs = codecs_ ? *codecs_ : media::builtInCodecs();
  const bool encodes = !track_ || !track_->encodedSource();
  if (auto encodable = encodes ? checkEncoders(*checked, codecs) : Result<void>(); !encodable) return encodable;
  if (auto layered = checkScalability(*checked, codecs, parameters.codecs); !layered) return layered;
  lastReturned_.reset();
  encodings_ = *std::move(checked);
  degradationPreference_ = parameters.degradationPreference;
  keyFrameWishes_.resize(std::max(keyFrameWishes_.size(), options.encodingOptions.size()));
  for (size_t i = 0; i < options.encodingOptions.size(); ++i)
    if (options.encodingOptions[i].keyFrame) keyFrameWishes_[i] = true;
  return {};
}

bool RtpSender::takeKeyFrameWish(size_t encoding) {
  if (encoding >= keyFrameWishes_.size() || !keyFrameWishes_[encoding]) return false;
  keyFrameWishes_[encoding] = false;
  return true;
}

// ---- encodings ----

void RtpSender::setEncodings(std::vector<RTCRtpEncodingParameters> encodings, RandomSource& random) {
  encodings_ = std::move(encodings);
  while (ssrcs_.size() < encodings_.size()) {
    const uint32_t media = random.u32();
    ssrcs_.push_back({media, random.u32()});
  }
}

std::vector<RidSpec> RtpSender::rids() const {
  std::vector<RidSpec> out;
  for (const auto& encoding : encodings_)
    if (!encoding.rid.empty()) out.push_back({encoding.rid, !encoding.active});
  return out;
}

void RtpSender::keepEncodings(const std::vector<RidSpec>& rids) {
  if (rids.empty()) {
    encodings_.resize(1);
    encodings_.front().rid.clear();
    ssrcs_.resize(1);
    return;
  }
  std::vector<RTCRtpEncodingParameters> kept;
  std::vector<Ssrcs> ssrcs;
  for (size_t i = 0; i < encodings_.size(); ++i) {
    const auto found =
        std::find_if(rids.begin(), rids.end(), [&](const RidSpec& rid) { return rid.id == encodings_[i].rid; });
    if (found == rids.end()) continue;
    kept.push_back(std::move(encodings_[i]));
    kept.back().active = kept.back().active && !found->paused;
    ssrcs.push_back(ssrcs_[i]);
  }
  if (kept.empty()) return;  // of names that are not ours: the answer was checked
  encodings_ = std::move(kept);
  ssrcs_ = std::move(ssrcs);
}

void RtpSender::keepCodecs(const std::vector<CodecSpec>& negotiated) {
  for (RTCRtpEncodingParameters& each : encodings_) {
    if (!each.codec) continue;
    const bool kept = std::any_of(negotiated.begin(), negotiated.end(), [&](const CodecSpec& codec) {
      return media::sameCodec(formatOf(kind_, codec), formatOf(*each.codec));
    });
    if (!kept) each.codec.reset();
  }
}

RTCRtpCapabilities RtpSender::getCapabilities(MediaKind kind, const media::CodecFactory& codecs) {
  return sendCapabilities(kind, codecs);
}

}  // namespace tincan::inline v0::stack

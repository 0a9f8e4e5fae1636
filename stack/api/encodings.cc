#include "stack/api/encodings.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "media/codec/scalability_mode.h"
#include "rtp/extensions.h"
#include "sdp/text.h"

namespace tincan::inline v0::stack {
namespace {

// RFC 8851 §10: rid-id = 1*(alpha-numeric / "-" / "_"); and no more than an extension of two bytes' form can carry.
bool isRid(const std::string& rid) {
  return !rid.empty() && rid.size() <= 255 &&
         sdp::allOf(rid, [](char c) { return sdp::isAlpha(c) || sdp::isDigit(c) || c == '-' || c == '_'; });
}

Result<void> checkRids(const std::vector<RTCRtpEncodingParameters>& encodings) {
  std::set<std::string> rids;
  const auto named =
      std::count_if(encodings.begin(), encodings.end(), [](const auto& each) { return !each.rid.empty(); });
  if (named > 0 && named < static_cast<std::ptrdiff_t>(encodings.size()))
    return {ErrorCode::kTypeError, "sendEncodings: either all of them have a rid, or none"};
  for (const auto& each : encodings) {
    if (each.rid.empty()) continue;
    if (!isRid(each.rid))
      return {ErrorCode::kTypeError, "sendEncodings: a rid has 1 to 255 letters, digits, - and _ (RFC 8851)"};
    if (!rids.insert(each.rid).second)
      return {ErrorCode::kTypeError, "sendEncodings: the rid " + each.rid + " stands twice"};
  }
  return {};
}

// An encoder is made at no cost before its first picture; so the encoders themselves are asked.
bool canEncode(const media::CodecFactory& factory, const media::CodecFormat& format, const std::string& mode) {
  media::VideoEncoderSettings settings;
  settings.scalabilityMode = mode;
  return factory.videoEncoder(format, settings).ok();
}

bool canEncode(const media::CodecFactory& factory, const RTCRtpCodec* codec, const std::string& mode) {
  for (const media::SupportedFormat& each : factory.formats(media::CodecKind::kVideo))
    if (each.encodes && (!codec || matches(*codec, each.format)) && canEncode(factory, each.format, mode)) return true;
  return false;
}

// What only goes beside a codec is none that an encoding can name.
bool names(const RTCRtpCodec& codec, const RTCRtpCodec& wish) {
  return sameCodec(codec, wish) && !isAuxiliary(formatOf(wish).name);
}

}  // namespace

Result<void> checkEncoders(const std::vector<RTCRtpEncodingParameters>& encodings, const media::CodecFactory& factory) {
  for (const auto& each : encodings) {
    if (!each.codec) continue;
    const media::CodecFormat format = formatOf(*each.codec);
    const auto formats = factory.formats(format.kind);
    const bool encodable = std::any_of(formats.begin(), formats.end(), [&](const media::SupportedFormat& supported) {
      return supported.encodes && media::sameCodec(supported.format, format);
    });
    if (!encodable)
      return {ErrorCode::kOperationError,
              "there is no encoder of " + each.codec->mimeType.substr(0, 64) + ": its frames have to come encoded"};
  }
  return {};
}

Result<void> checkScalability(const std::vector<RTCRtpEncodingParameters>& encodings,
                              const media::CodecFactory& factory,
                              const std::vector<RTCRtpCodecParameters>& negotiated) {
  for (const auto& each : encodings) {
    if (!each.scalabilityMode) continue;
    const RTCRtpCodec* codec = each.codec ? &*each.codec : negotiated.empty() ? nullptr : &negotiated.front();
    if (canEncode(factory, codec, *each.scalabilityMode)) continue;
    return {ErrorCode::kOperationError,
            "no encoder " + (codec ? "of " + codec->mimeType + " " : "") + "has the scalabilityMode " +
                each.scalabilityMode->substr(0, 32) +
                ": VP8 and H.264 have L1T1 to L1T3, VP9 and AV1 have L1T1 to L3T3_KEY, and S2T1 to S3T3h"};
  }
  return {};
}

std::optional<std::string> scalabilityInForce(const RTCRtpEncodingParameters& encoding,
                                              const RTCRtpParameters& negotiated, const media::CodecFactory& factory) {
  auto mode = encoding.scalabilityMode ? media::ScalabilityMode::parse(*encoding.scalabilityMode) : std::nullopt;
  const auto encodes = [&](const RTCRtpCodec& codec) { return canEncode(factory, formatOf(codec), "L1T1"); };
  const auto first = std::find_if(negotiated.codecs.begin(), negotiated.codecs.end(), encodes);
  if (!mode || first == negotiated.codecs.end()) return encoding.scalabilityMode;
  const media::CodecFormat format = formatOf(encoding.codec ? *encoding.codec : *first);
  const auto descriptor = rtp::uri(rtp::ExtensionKind::kDependencyDescriptor);
  const bool described = std::any_of(negotiated.headerExtensions.begin(), negotiated.headerExtensions.end(),
                                     [&](const auto& extension) { return extension.uri == descriptor; });
  if (!described && !media::tellsSpatialLayers(format)) mode = mode->oneSpatialLayer();
  return canEncode(factory, format, toString(*mode)) ? toString(*mode) : media::VideoEncoderSettings().scalabilityMode;
}

bool hasValidRestrictions(const std::vector<RTCRtpEncodingParameters>& encodings) {
  size_t active = 0, restricted = 0;
  for (const auto& each : encodings) {
    const auto& to = each.scaleResolutionDownTo;
    if (to && (to->maxWidth == 0 || to->maxHeight == 0)) return false;
    if (!each.active) continue;
    ++active;
    if (to) ++restricted;
  }
  return restricted == 0 || restricted == active;
}

double scaleOf(const RTCRtpEncodingParameters& encoding, int width, int height) {
  const auto& to = encoding.scaleResolutionDownTo;
  if (!to) return std::max(encoding.scaleResolutionDownBy.value_or(1), 1.0);
  const double longSide = std::max(to->maxWidth, to->maxHeight), shortSide = std::min(to->maxWidth, to->maxHeight);
  return std::max({1.0, std::max(width, height) / longSide, std::min(width, height) / shortSide});
}

bool sameCodec(const RTCRtpCodec& a, const RTCRtpCodec& b) {
  return sdp::equalsIgnoringCase(a.mimeType, b.mimeType) && a.clockRate == b.clockRate &&
         a.channels.value_or(1) == b.channels.value_or(1) && a.sdpFmtpLine.value_or("") == b.sdpFmtpLine.value_or("");
}

Result<std::vector<RTCRtpEncodingParameters>> checkedEncodings(MediaKind kind,
                                                               std::vector<RTCRtpEncodingParameters> encodings,
                                                               const std::vector<RTCRtpCodecParameters>* negotiated) {
  if (kind == MediaKind::kVideo && !hasValidRestrictions(encodings))
    return {negotiated ? ErrorCode::kInvalidModificationError : ErrorCode::kOperationError,
            "scaleResolutionDownTo: sides are at least 1, and all active encodings have it, or none"};
  for (RTCRtpEncodingParameters& each : encodings) {
    if (kind == MediaKind::kAudio) {
      each.scaleResolutionDownBy.reset();
      each.scaleResolutionDownTo.reset();
      each.scalabilityMode.reset();
      each.maxFramerate.reset();
    }
    if (each.scaleResolutionDownBy && !(*each.scaleResolutionDownBy >= 1 && std::isfinite(*each.scaleResolutionDownBy)))
      return {ErrorCode::kRangeError, "scaleResolutionDownBy is at least 1.0"};
    if (each.maxFramerate && !(*each.maxFramerate >= 0 && std::isfinite(*each.maxFramerate)))
      return {ErrorCode::kRangeError, "maxFramerate is not negative"};
    if (kind == MediaKind::kVideo && !each.scaleResolutionDownBy) each.scaleResolutionDownBy = 1.0;
    if (!each.codec || !negotiated) continue;
    const bool known = std::any_of(negotiated->begin(), negotiated->end(),
                                   [&](const RTCRtpCodecParameters& codec) { return names(codec, *each.codec); });
    if (!known)
      return {ErrorCode::kInvalidModificationError, "the codec " + each.codec->mimeType + " was not negotiated"};
  }
  return encodings;
}

Result<std::vector<RTCRtpEncodingParameters>> checkedSendEncodings(MediaKind kind,
                                                                   std::vector<RTCRtpEncodingParameters> encodings,
                                                                   const RTCRtpCapabilities& supported) {
  if (kind == MediaKind::kVideo && !hasValidRestrictions(encodings))
    return {ErrorCode::kOperationError,
            "scaleResolutionDownTo: sides are at least 1, and all active encodings have it, or none"};
  if (auto rids = checkRids(encodings); !rids) return rids.error();
  for (const auto& each : encodings) {
    if (!each.codec) continue;
    const bool known = std::any_of(supported.codecs.begin(), supported.codecs.end(),
                                   [&](const RTCRtpCodec& codec) { return names(codec, *each.codec); });
    if (!known) return {ErrorCode::kOperationError, "the codec " + each.codec->mimeType + " cannot be sent"};
  }
  // §5.1, step 8 and 12: more are cut off, and where none says its scale, each is half as large as the next.
  const size_t most = kind == MediaKind::kVideo ? kMaxSendEncodings : 1;
  if (encodings.size() > most) encodings.resize(most);
  const bool scaled = std::any_of(encodings.begin(), encodings.end(),
                                  [](const auto& each) { return each.scaleResolutionDownBy.has_value(); });
  for (size_t i = 0; !scaled && i < encodings.size(); ++i)
    encodings[i].scaleResolutionDownBy = static_cast<double>(size_t{1} << (encodings.size() - 1 - i));
  auto checked = checkedEncodings(kind, std::move(encodings), nullptr);
  if (!checked) return checked;
  if (checked->empty()) {
    checked->emplace_back();
    if (kind == MediaKind::kVideo) checked->front().scaleResolutionDownBy = 1.0;
  }
  // §5.1, step 10: what is sent alone needs no name.
  if (checked->size() == 1) checked->front().rid.clear();
  return checked;
}

}  // namespace tincan::inline v0::stack

#include "stack/local_codecs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "stack/jsep/codec_format.h"
#include "stack/jsep/negotiate.h"

namespace tincan::inline v0::stack {
namespace {

bool has(const std::vector<CodecSpec>& list, MediaKind kind, const media::CodecFormat& format) {
  return std::any_of(list.begin(), list.end(),
                     [&](const CodecSpec& one) { return media::sameCodec(formatOf(kind, one), format); });
}

// What is received has to be understood, since the peer may send any of them; of several that are sent one is chosen. A
// section that is inactive may become any.
bool fits(const media::SupportedFormat& supported, Direction direction) {
  if (isAuxiliary(supported.format.name)) return true;
  switch (direction) {
    case Direction::kSendRecv:
    case Direction::kRecvOnly: return supported.decodes;
    case Direction::kSendOnly: return supported.encodes;
    case Direction::kInactive: break;
  }
  return supported.encodes || supported.decodes;
}

// The parameters of RED are the payload types of what is in it, and no matter of the format.
bool is(MediaKind kind, const CodecSpec& spec, const media::CodecFormat& format) {
  const media::CodecFormat own = formatOf(kind, spec);
  return own == format || (isFec(spec.name) && media::sameCodec(own, format));
}

bool wantsRtx(const std::vector<RTCRtpCodec>& preferences) {
  return preferences.empty() || std::any_of(preferences.begin(), preferences.end(), isRtx);
}

}  // namespace

LocalCodecs::LocalCodecs(const media::CodecFactory& factory, const FecSettings& fec)
    : audio_(formatsOf(all_[0], MediaKind::kAudio, factory, fec)),
      video_(formatsOf(all_[1], MediaKind::kVideo, factory, fec)) {}

std::vector<LocalCodecs::Format> LocalCodecs::formatsOf(MediaCapabilities& capabilities, MediaKind kind,
                                                        const media::CodecFactory& factory, const FecSettings& fec) {
  capabilities = stack::capabilities(kind, factory);
  const bool wanted =
      kind == MediaKind::kAudio ? fec.audio != FecSettings::Audio::kNone : fec.video != FecSettings::Video::kNone;
  if (!wanted) std::erase_if(capabilities.codecs, [](const CodecSpec& codec) { return isFec(codec.name); });
  std::vector<Format> out;
  for (media::SupportedFormat& supported : factory.formats(codecKindOf(kind))) {
    for (const CodecSpec& spec : capabilities.codecs)
      if (is(kind, spec, supported.format)) {
        if (fec.video == FecSettings::Video::kFlexfec && isFec(spec.name)) supported.offered = true;
        out.push_back({std::move(supported), spec});
        break;
      }
  }
  return out;
}

const MediaCapabilities& LocalCodecs::all(MediaKind kind) const {
  switch (kind) {
    case MediaKind::kAudio: return all_[0];
    case MediaKind::kVideo: return all_[1];
    case MediaKind::kApplication: break;
  }
  return none_;
}

const LocalCodecs::Format* LocalCodecs::find(MediaKind kind, const CodecSpec& codec) const {
  const media::CodecFormat format = formatOf(kind, codec);
  for (const Format& one : formats(kind))
    if (media::sameCodec(one.supported.format, format)) return &one;
  return nullptr;
}

std::vector<CodecSpec> LocalCodecs::offer(const Wish& wish, const std::vector<CodecSpec>& agreed) const {
  std::vector<CodecSpec> out;
  const bool rtx = wantsRtx(wish.preferences);
  const auto add = [&](const Format& format) {
    if (has(out, wish.kind, format.supported.format)) return;
    CodecSpec spec = format.spec;
    for (const CodecSpec& before : agreed) {
      if (!media::sameCodec(formatOf(wish.kind, before), format.supported.format)) continue;
      spec.payloadType = before.payloadType;
      // Repair and feedback that were not agreed on are offered again, as in a first offer (RFC 9429 §5.2.2): preferences may
      // have changed, or who is at the far end.
      if (before.rtxPayloadType) spec.rtxPayloadType = before.rtxPayloadType;
      // But not by which reports rates are found: those that run would begin anew.
      if (before.hasFeedback(kCongestionFeedback)) std::erase(spec.feedback, "transport-cc");
      break;
    }
    if (!rtx) spec.rtxPayloadType.reset();
    out.push_back(std::move(spec));
  };
  for (const RTCRtpCodec& preferred : wish.preferences)
    for (const Format& format : formats(wish.kind))
      if (matches(preferred, format.supported.format)) add(format);
  if (!wish.preferences.empty()) return out;
  for (const CodecSpec& before : agreed)
    if (const Format* format = find(wish.kind, before)) add(*format);
  for (const Format& format : formats(wish.kind))
    if (format.supported.offered && fits(format.supported, wish.direction)) add(format);
  return out;
}

std::vector<CodecSpec> LocalCodecs::answer(const Wish& wish, const std::vector<CodecSpec>& common) const {
  std::vector<CodecSpec> out;
  for (const RTCRtpCodec& preferred : wish.preferences) {
    for (const CodecSpec& codec : common) {
      const Format* format = find(wish.kind, codec);
      if (!format || !matches(preferred, format->supported.format)) continue;
      if (std::find(out.begin(), out.end(), codec) == out.end()) out.push_back(codec);
    }
  }
  if (!wish.preferences.empty()) {
    if (!wantsRtx(wish.preferences))
      for (CodecSpec& codec : out) codec.rtxPayloadType.reset();
    if (wish.kind == MediaKind::kAudio) linkRedundancy(out);
    return out;
  }
  std::copy_if(common.begin(), common.end(), std::back_inserter(out), [&](const CodecSpec& codec) {
    const Format* format = find(wish.kind, codec);
    return format && fits(format->supported, wish.direction);
  });
  if (wish.kind == MediaKind::kAudio) linkRedundancy(out);
  return out;
}

bool LocalCodecs::encodes(MediaKind kind, const CodecSpec& codec) const {
  const Format* format = find(kind, codec);
  return format && format->supported.encodes && !isAuxiliary(codec.name);
}

}  // namespace tincan::inline v0::stack

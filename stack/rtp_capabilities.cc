#include "stack/rtp_capabilities.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sdp/attributes.h"
#include "sdp/text.h"
#include "stack/jsep/codec_format.h"
#include "stack/jsep/negotiate.h"

namespace tincan::inline v0::stack {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kRtx = "rtx";

std::string mimeTypeOf(const media::CodecFormat& format) {
  return (format.kind == media::CodecKind::kAudio ? "audio/" : "video/") + format.name;
}

RTCRtpCodec codecOf(const media::CodecFormat& format) {
  RTCRtpCodec codec;
  codec.mimeType = mimeTypeOf(format);
  codec.clockRate = format.clockRate;
  if (format.kind == media::CodecKind::kAudio) codec.channels = format.channels;
  if (format.parameters.empty()) return codec;
  std::string line;
  for (const auto& [key, value] : format.parameters) {
    line += line.empty() ? "" : ";";
    line += value.empty() ? key : key + '=' + value;
  }
  codec.sdpFmtpLine = std::move(line);
  return codec;
}

// Names of parameters have no case (RFC 4855 §3); values are compared as hexadecimal digits are written, without case.
Parameters normalized(Parameters parameters) {
  for (auto& [key, value] : parameters) {
    key = sdp::lowerCase(key);
    value = sdp::lowerCase(value);
  }
  std::sort(parameters.begin(), parameters.end());
  return parameters;
}

std::string_view nameIn(std::string_view mimeType) {
  return mimeType.substr(std::min(mimeType.size(), mimeType.find('/') + 1));
}

RTCRtpCapabilities capabilitiesOf(MediaKind kind, const media::CodecFactory& factory,
                                  bool media::SupportedFormat::*can) {
  RTCRtpCapabilities out;
  if (kind == MediaKind::kApplication) return out;
  for (const media::SupportedFormat& supported : factory.formats(codecKindOf(kind)))
    if (supported.*can || (isAuxiliary(supported.format.name) && supported.offered))
      out.codecs.push_back(codecOf(supported.format));
  if (out.codecs.empty()) return out;
  if (kind == MediaKind::kVideo) out.codecs.push_back({"video/rtx", out.codecs.front().clockRate, {}, {}});
  for (const ExtensionSpec& extension : defaultExtensions(kind))
    if (isOfferedUnasked(extension.uri)) out.headerExtensions.push_back({extension.uri});
  return out;
}

}  // namespace

RTCRtpCapabilities sendCapabilities(MediaKind kind, const media::CodecFactory& factory) {
  return capabilitiesOf(kind, factory, &media::SupportedFormat::encodes);
}

RTCRtpCapabilities receiveCapabilities(MediaKind kind, const media::CodecFactory& factory) {
  return capabilitiesOf(kind, factory, &media::SupportedFormat::decodes);
}

bool matches(const RTCRtpCodec& codec, const media::CodecFormat& format) {
  if (!sdp::equalsIgnoringCase(codec.mimeType, mimeTypeOf(format)) || codec.clockRate != format.clockRate) return false;
  if (format.kind == media::CodecKind::kAudio && codec.channels.value_or(1) != format.channels) return false;
  Parameters told;
  if (codec.sdpFmtpLine) told = sdp::Fmtp{{}, *codec.sdpFmtpLine}.pairs();
  return normalized(std::move(told)) == normalized(format.parameters);
}

media::CodecFormat formatOf(const RTCRtpCodec& codec) {
  const bool audio = codec.mimeType.size() >= 6 && sdp::equalsIgnoringCase(codec.mimeType.substr(0, 6), "audio/");
  media::CodecFormat out{audio ? media::CodecKind::kAudio : media::CodecKind::kVideo,
                         std::string(nameIn(codec.mimeType)), codec.clockRate,
                         static_cast<uint8_t>(codec.channels.value_or(1))};
  if (codec.sdpFmtpLine) out.parameters = sdp::Fmtp{{}, *codec.sdpFmtpLine}.pairs();
  return out;
}

// W3C §5.4.2: these alone make no codec to send by.
bool isAuxiliary(std::string_view codecName) {
  for (std::string_view each : {kRtx, std::string_view("CN"), std::string_view("telephone-event")})
    if (sdp::equalsIgnoringCase(codecName, each)) return true;
  return isFec(codecName);
}

bool isFec(std::string_view codecName) {
  for (std::string_view each : {"red", "ulpfec", "flexfec-03"})
    if (sdp::equalsIgnoringCase(codecName, each)) return true;
  return false;
}

bool isRtx(const RTCRtpCodec& codec) {
  return sdp::equalsIgnoringCase(codec.mimeType, "video/rtx");
}

Result<std::vector<RTCRtpCodec>> checkedPreferences(MediaKind kind, const std::vector<RTCRtpCodec>& codecs,
                                                    const media::CodecFactory& factory) {
  const auto formats = factory.formats(codecKindOf(kind));
  std::vector<RTCRtpCodec> out;
  bool carries = codecs.empty();
  for (const RTCRtpCodec& codec : codecs) {
    const bool known = (kind == MediaKind::kVideo && isRtx(codec)) ||
                       std::any_of(formats.begin(), formats.end(),
                                   [&](const media::SupportedFormat& one) { return matches(codec, one.format); });
    if (!known)
      return {ErrorCode::kInvalidModificationError,
              "setCodecPreferences: " + codec.mimeType.substr(0, 64) +
                  " is no codec of this transceiver: take it from getCapabilities(\"" + std::string(name(kind)) +
                  "\") as it is there"};
    carries = carries || !isAuxiliary(nameIn(codec.mimeType));
    if (std::find(out.begin(), out.end(), codec) == out.end()) out.push_back(codec);
  }
  if (!carries)
    return {ErrorCode::kInvalidModificationError,
            "setCodecPreferences: the list has only repair, tones or comfort noise: name a codec, too"};
  return out;
}

}  // namespace tincan::inline v0::stack

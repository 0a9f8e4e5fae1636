#include "apps/call/codec_names.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::apps {
namespace {

using stack::MediaKind;
using stack::RTCRtpCodec;

bool isSame(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string nameOf(const RTCRtpCodec& codec) {
  return codec.mimeType.substr(codec.mimeType.find('/') + 1);
}

// What goes both ways; repairs, tones and comfort noise are no choice of their own.
std::vector<RTCRtpCodec> choices(MediaKind kind) {
  std::vector<RTCRtpCodec> out = stack::RtpSender::getCapabilities(kind).codecs;
  const auto received = stack::RtpReceiver::getCapabilities(kind).codecs;
  std::erase_if(out, [&](const RTCRtpCodec& codec) {
    return stack::isAuxiliary(nameOf(codec)) || std::find(received.begin(), received.end(), codec) == received.end();
  });
  return out;
}

}  // namespace

std::vector<RTCRtpCodec> codecsNamed(MediaKind kind, const std::vector<std::string>& names) {
  std::vector<RTCRtpCodec> out;
  const auto all = choices(kind);
  for (const std::string& name : names)
    std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                 [&](const RTCRtpCodec& codec) { return isSame(nameOf(codec), name); });
  if (out.empty()) return out;
  for (const RTCRtpCodec& codec : stack::RtpSender::getCapabilities(kind).codecs) {
    const bool repairs = stack::isRtx(codec) || stack::isFec(nameOf(codec));
    const bool fits = std::any_of(out.begin(), out.end(), [&](const RTCRtpCodec& other) {
      return other.clockRate == codec.clockRate && other.channels == codec.channels;
    });
    if (repairs && fits) out.push_back(codec);
  }
  return out;
}

std::optional<RTCRtpCodec> encodingCodec(MediaKind kind, const std::vector<std::string>& names, size_t encoding) {
  std::optional<RTCRtpCodec> out;
  for (const std::string& name : names) {
    const auto found = codecsNamed(kind, {name});
    if (found.empty()) continue;
    out = found.front();
    if (encoding-- == 0) break;
  }
  return out;
}

Result<void> checkCodecNames(const std::string& option, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!codecsNamed(MediaKind::kAudio, {name}).empty() || !codecsNamed(MediaKind::kVideo, {name}).empty()) continue;
    std::vector<std::string> known;
    for (const MediaKind kind : {MediaKind::kVideo, MediaKind::kAudio})
      for (const RTCRtpCodec& codec : choices(kind))
        if (std::find(known.begin(), known.end(), nameOf(codec)) == known.end()) known.push_back(nameOf(codec));
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    return {ErrorCode::kSyntaxError, option + ": " + name + " is none that this build has: " +
                                         (list.empty() ? "it was built without codecs" : "give one of " + list)};
  }
  return {};
}

}  // namespace tincan::inline v0::apps

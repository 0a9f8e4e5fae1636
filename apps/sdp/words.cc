#include "apps/sdp/words.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "sdp/text.h"

namespace tincan::inline v0::apps {
namespace {

using sdp::equalsIgnoringCase;

std::optional<unsigned> hexByte(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string clockText(const stack::CodecSpec& codec) {
  const std::string khz = std::to_string(codec.clockRate / 1000) + " kHz";
  if (codec.clockRate == 90'000) return "";  // of every video codec
  return " " + khz + (codec.channels == 2 ? " stereo" : codec.channels > 2 ? " multichannel" : "");
}

std::string profileText(const stack::CodecSpec& codec) {
  if (equalsIgnoringCase(codec.name, "H264")) {
    const std::string profile = h264Profile(codec.parameter("profile-level-id", "42000a"));
    // RFC 6184 §6.2: a frame's pieces cannot be larger than a packet.
    const bool single = codec.parameter("packetization-mode", "0") == "0";
    return (profile.empty() ? "" : " " + profile) + (single ? " unfragmented" : "");
  }
  if (equalsIgnoringCase(codec.name, "VP9")) return " profile " + std::string(codec.parameter("profile-id", "0"));
  if (equalsIgnoringCase(codec.name, "AV1")) return " profile " + std::string(codec.parameter("profile", "0"));
  return "";
}

constexpr std::pair<std::string_view, std::string_view> kExtensions[] = {
    {"urn:ietf:params:rtp-hdrext:ssrc-audio-level", "audio level"},
    {"urn:ietf:params:rtp-hdrext:csrc-audio-level", "audio level of each contributor"},
    {"urn:ietf:params:rtp-hdrext:toffset", "time offset"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", "send time"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", "capture time"},
    {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", "transport-wide numbers"},
    {"urn:ietf:params:rtp-hdrext:sdes:mid", "mid"},
    {"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", "rid"},
    {"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", "repaired rid"},
    {"urn:3gpp:video-orientation", "video orientation"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", "playout delay"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/video-content-type", "content type"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/video-timing", "video timing"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/color-space", "colour space"},
    {"http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00", "layer allocation"},
    {"https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
     "dependency descriptor"},
};

}  // namespace

std::string listText(const std::vector<std::string>& items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    out += i == 0 ? "" : i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::string groupedText(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string countText(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string h264Profile(std::string_view text) {
  if (text.size() != 6) return "";
  const auto idc = hexByte(text.substr(0, 2)), flags = hexByte(text.substr(2, 2)), level = hexByte(text.substr(4, 2));
  if (!idc || !flags || !level) return "";
  std::string name = "profile " + std::to_string(*idc);
  if (*idc == 66) name = *flags & 0x40 ? "constrained baseline" : "baseline";
  if (*idc == 77) name = *flags & 0x80 ? "constrained baseline" : "main";
  if (*idc == 100) name = (*flags & 0x0c) == 0x0c ? "constrained high" : "high";
  // RFC 6184 §8.1: level 1b is 11 with constraint_set3_flag.
  if (*level == 11 && *flags & 0x10 && *idc != 100) return name + " 1b";
  return name + " " + std::to_string(*level / 10) + "." + std::to_string(*level % 10);
}

std::string codecText(const stack::CodecSpec& codec) {
  std::string numbers = std::to_string(codec.payloadType);
  if (codec.rtxPayloadType) numbers += ", repairs " + std::to_string(*codec.rtxPayloadType);
  return codec.name + clockText(codec) + profileText(codec) + " (" + numbers + ")";
}

std::string fmtpText(const stack::CodecSpec& codec) {
  std::vector<std::string> words;
  if (equalsIgnoringCase(codec.name, "opus")) {
    if (codec.parameter("useinbandfec") == "1") words.emplace_back("in-band FEC");
    if (codec.parameter("stereo") == "1") words.emplace_back("wants stereo");
    if (codec.parameter("usedtx") == "1") words.emplace_back("silence left out (DTX)");
    if (codec.parameter("cbr") == "1") words.emplace_back("constant bitrate");
    if (const auto most = codec.parameter("maxaveragebitrate"); !most.empty())
      words.push_back("at most " + groupedText(sdp::parseNumber(most, UINT32_MAX).value_or(0)) + " bit/s");
    if (const auto least = codec.parameter("minptime"); !least.empty())
      words.push_back("packets of at least " + std::string(least) + " ms");
  }
  return listText(words);
}

std::string extensionText(std::string_view uri) {
  for (const auto& [known, words] : kExtensions) {
    if (uri == known) return std::string(words);
  }
  return std::string(uri);
}

std::string_view directionText(sdp::Direction direction) {
  switch (direction) {
    case sdp::Direction::kSendRecv: return "sends and receives";
    case sdp::Direction::kSendOnly: return "only sends";
    case sdp::Direction::kRecvOnly: return "only receives";
    case sdp::Direction::kInactive: break;
  }
  return "neither sends nor receives";
}

std::string feedbackText(const std::vector<std::string>& feedback) {
  const auto has = [&](std::string_view value) {
    return std::find(feedback.begin(), feedback.end(), value) != feedback.end();
  };
  std::vector<std::string> words;
  if (has("nack")) words.emplace_back("lost packets asked for again (NACK)");
  if (has("nack pli"))
    words.emplace_back(has("ccm fir") ? "key frames asked for (PLI, FIR)" : "key frames asked for (PLI)");
  if (!has("nack pli") && has("ccm fir")) words.emplace_back("key frames asked for (FIR)");
  if (has("goog-remb")) words.emplace_back("the receiver's estimate (REMB)");
  if (has("transport-cc")) words.emplace_back("transport-wide reports");
  if (has("ccm tmmbr")) words.emplace_back("a lower rate asked for (TMMBR)");
  for (const std::string& each : feedback) {
    if (each != "ccm tmmbr" && each != "nack" && each != "nack pli" && each != "ccm fir" && each != "goog-remb" &&
        each != "transport-cc")
      words.push_back(each);
  }
  return listText(words);
}

std::string writerText(const std::string& username, const std::string& sessionName, bool libwebrtcMarks) {
  constexpr std::string_view kFirefox = "mozilla...THIS_IS_SDPARTA-";
  if (username.starts_with(kFirefox) || username.starts_with("Mozilla-SIPUA")) return "Firefox";
  if (username == "rtc") return "libdatachannel";
  constexpr std::pair<std::string_view, std::string_view> kMarks[] = {{"FreeSWITCH", ""},
                                                                      {"Asterisk", ""},
                                                                      {"Kurento", ""},
                                                                      {"Janus", ""},
                                                                      {"Wowza", ""},
                                                                      {"VideoRoom", "Janus"},
                                                                      {"AudioBridge", "Janus"},
                                                                      {"mediasoup", ""},
                                                                      {"Polycom", ""},
                                                                      {"CSCO", "Cisco"},
                                                                      {"AmazonChime", "Amazon Chime"}};
  for (const auto& [mark, writer] : kMarks) {
    if (sessionName.find(mark) != std::string::npos || username.find(mark) != std::string::npos)
      return std::string(writer.empty() ? mark : writer);
  }
  return libwebrtcMarks ? "libwebrtc (Chromium and its kin)" : "";
}

}  // namespace tincan::inline v0::apps

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/jsep/types.h"

/// What SDP says in numbers and abbreviations, as people say it.
namespace tincan::inline v0::apps {

/// "opus 48 kHz stereo (111)", "H264 constrained baseline 3.1 (108, repairs 109)"
std::string codecText(const stack::CodecSpec& codec);
/// "in-band FEC", "stereo" …: what a=fmtp asks for beyond what codecText says; empty when nothing.
std::string fmtpText(const stack::CodecSpec& codec);
/// "audio level" for urn:ietf:params:rtp-hdrext:ssrc-audio-level; the URI where it is not known.
std::string extensionText(std::string_view uri);
/// "sends and receives"
std::string_view directionText(sdp::Direction direction);
/// "lost packets asked for again (NACK)" …
std::string feedbackText(const std::vector<std::string>& feedback);
/// "Firefox 99.0", "libwebrtc (Chromium)" where the text gives it away; else empty.
std::string writerText(const std::string& username, const std::string& sessionName, bool libwebrtcMarks);
/// RFC 6184 §8.1: "constrained baseline 3.1" of "42e01f"; empty where it is none.
std::string h264Profile(std::string_view profileLevelId);
/// "a, b and c"
std::string listText(const std::vector<std::string>& items);
/// "1 line", "3 lines"
/// "262,144".
std::string groupedText(uint64_t number);
std::string countText(size_t count, std::string_view noun);

}  // namespace tincan::inline v0::apps

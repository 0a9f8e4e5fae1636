#include "media/codec/payload_types.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace tincan::inline v0::media {
namespace {

struct Row {
  CodecKind kind;
  std::string_view name;
  uint32_t clockRate;
  uint8_t channels;
  std::string_view parameters;  // "key=value key=value"; what is not named is not compared
  PayloadTypes types;
};

constexpr CodecKind kAudio = CodecKind::kAudio, kVideo = CodecKind::kVideo;

constexpr Row kRows[] = {
    {kVideo, "VP8", 90'000, 1, "", {96, 97}},
    {kVideo, "VP9", 90'000, 1, "profile-id=2", {100, 101}},
    {kVideo, "VP9", 90'000, 1, "profile-id=1", {43, 44}},
    {kVideo, "VP9", 90'000, 1, "", {98, 99}},
    {kVideo, "H264", 90'000, 1, "profile-level-id=42001f packetization-mode=1", {102, 103}},
    {kVideo, "H264", 90'000, 1, "profile-level-id=42001f", {104, 105}},
    {kVideo, "H264", 90'000, 1, "profile-level-id=42e01f packetization-mode=1", {106, 107}},
    {kVideo, "H264", 90'000, 1, "profile-level-id=42e01f", {108, 109}},
    {kVideo, "H264", 90'000, 1, "profile-level-id=4d001f packetization-mode=1", {127, 125}},
    {kVideo, "H264", 90'000, 1, "profile-level-id=4d001f", {39, 40}},
    {kVideo, "H264", 90'000, 1, "packetization-mode=1", {112, 113}},
    {kVideo, "H264", 90'000, 1, "", {123, 124}},
    {kVideo, "AV1", 90'000, 1, "", {45, 46}},
    {kVideo, "H265", 90'000, 1, "", {49, 50}},
    {kVideo, "red", 90'000, 1, "", {118, 119}},
    {kVideo, "ulpfec", 90'000, 1, "", {120}},
    {kVideo, "flexfec-03", 90'000, 1, "", {35}},
    {kAudio, "opus", 48'000, 2, "", {111}},
    {kAudio, "red", 48'000, 2, "", {63}},
    {kAudio, "G722", 8'000, 1, "", {9, {}, true}},  // RFC 3551 §4.5.2: a clock of 8 kHz, though it samples at 16
    {kAudio, "PCMU", 8'000, 1, "", {0, {}, true}},
    {kAudio, "PCMA", 8'000, 1, "", {8, {}, true}},
    {kAudio, "CN", 8'000, 1, "", {13, {}, true}},
    {kAudio, "telephone-event", 48'000, 1, "", {110}},
    {kAudio, "telephone-event", 8'000, 1, "", {126}},
};

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool hasParameters(const CodecFormat& format, std::string_view wanted) {
  while (!wanted.empty()) {
    const std::string_view one = wanted.substr(0, wanted.find(' '));
    wanted.remove_prefix(std::min(wanted.size(), one.size() + 1));
    const size_t equals = one.find('=');
    if (!equalsIgnoringCase(format.parameter(one.substr(0, equals)), one.substr(equals + 1))) return false;
  }
  return true;
}

}  // namespace

PayloadTypes usualPayloadTypes(const CodecFormat& format) {
  for (const Row& row : kRows)
    if (row.kind == format.kind && format.is(row.name) && row.clockRate == format.clockRate &&
        row.channels == format.channels && hasParameters(format, row.parameters))
      return row.types;
  if (format.kind == kVideo) return {116, 117};
  return {115};
}

std::optional<CodecFormat> staticFormat(uint8_t payloadType) {
  for (const Row& row : kRows)
    if (row.types.fixed && row.types.media == payloadType)
      return CodecFormat{row.kind, std::string(row.name), row.clockRate, row.channels};
  return std::nullopt;
}

}  // namespace tincan::inline v0::media

#include "media/codec/codec_format.h"

#include <algorithm>
#include <charconv>

#include "media/codec/h264_profile.h"

namespace tincan::inline v0::media {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equalText(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// All of the text, or nothing: "12x" and "-1" are no numbers.
std::optional<uint32_t> readNumber(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What is absent has its default; what is no number is like nothing, itself included.
bool sameNumber(const CodecFormat& a, const CodecFormat& b, std::string_view key, std::string_view byDefault) {
  const auto left = readNumber(a.parameter(key, byDefault)), right = readNumber(b.parameter(key, byDefault));
  return left && right && *left == *right;
}

// RFC 6184 §8.2.2: profile and packetization-mode configure the stream; the level does not.
bool sameH264(const CodecFormat& a, const CodecFormat& b) {
  if (!sameNumber(a, b, "packetization-mode", "0")) return false;  // RFC 6184 §8.1
  const auto left = H264ProfileLevel::of(a), right = H264ProfileLevel::of(b);
  return left && right && left->sameProfile(*right);
}

}  // namespace

std::string_view CodecFormat::parameter(std::string_view key, std::string_view otherwise) const {
  for (const auto& [name_, value] : parameters)
    if (equalText(name_, key)) return value;
  return otherwise;
}

uint32_t CodecFormat::number(std::string_view key, uint32_t otherwise) const {
  return readNumber(parameter(key)).value_or(otherwise);
}

bool CodecFormat::is(std::string_view codecName) const {
  return equalText(name, codecName);
}

bool sameCodec(const CodecFormat& a, const CodecFormat& b) {
  if (a.kind != b.kind || !a.is(b.name) || a.clockRate != b.clockRate || a.channels != b.channels) return false;
  if (a.kind == CodecKind::kAudio) return true;
  if (a.is("H264")) return sameH264(a, b);
  if (a.is("H265"))  // RFC 7798 §7.1: the Main profile, in the Main tier
    return sameNumber(a, b, "profile-space", "0") && sameNumber(a, b, "profile-id", "1") &&
           sameNumber(a, b, "tier-flag", "0");
  if (a.is("VP9")) return sameNumber(a, b, "profile-id", "0");  // RFC 9628 §6
  if (a.is("AV1")) return sameNumber(a, b, "profile", "0");     // RTP Payload Format for AV1 §7.2.1
  return true;
}

bool hasPictureNumbers(const CodecFormat& format) {
  return format.is("VP8") || format.is("VP9");
}

bool tellsSpatialLayers(const CodecFormat& format) {
  return format.is("VP9");
}

bool isFrugal(const CodecFormat& format) {
  return format.is("VP9") || format.is("AV1") || format.is("H265");
}

}  // namespace tincan::inline v0::media

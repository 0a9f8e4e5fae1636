#include "media/codec/agreed_format.h"

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace tincan::inline v0::media {
namespace {

constexpr std::string_view kProfileLevelId = "profile-level-id";
constexpr std::string_view kLowest = "42000a";  // RFC 6184 §8.1: what its absence means, Baseline at level 1

// profile_idc, profile-iop and level_idc, of which levels are compared: 1b (11 with constraint_set3 where the profile is
// Baseline, Main or Extended; 9 elsewhere) lies between 1 and 1.1 (RFC 6184 §8.2.2).
struct ProfileLevel {
  unsigned profile = 0, constraints = 0, level = 0;

  static bool parse(std::string_view text, ProfileLevel& out) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.size() != 6 || error != std::errc() || end != text.data() + text.size()) return false;
    out = {value >> 16, value >> 8 & 0xff, value & 0xff};
    return true;
  }
  // In tenths, and a half for 1b.
  unsigned rank() const {
    const bool old = profile == 66 || profile == 77 || profile == 88;
    const bool is1b = level == 9 || (old && level == 11 && (constraints & 0x10) != 0);
    return is1b ? 21 : level * 2;
  }
};

bool isH264(const CodecFormat& format) {
  return format.is("H264");
}

bool mayDiffer(const CodecFormat& a, const CodecFormat& b) {
  constexpr std::string_view kAllowed = "level-asymmetry-allowed";
  return a.number(kAllowed, 0) == 1 && b.number(kAllowed, 0) == 1;
}

void setParameter(CodecFormat& format, std::string_view key, std::string value) {
  for (auto& [ownKey, ownValue] : format.parameters) {
    if (format.parameter(ownKey).data() != format.parameter(key).data()) continue;
    ownValue = std::move(value);
    return;
  }
  format.parameters.emplace_back(key, std::move(value));
}

// `format` with no more than the other's level: its profile-iop comes with the level, because 1b is written there.
void limitLevel(CodecFormat& format, const CodecFormat& other) {
  ProfileLevel own, limit;
  const std::string theirs(other.parameter(kProfileLevelId, kLowest));
  if (!ProfileLevel::parse(format.parameter(kProfileLevelId, kLowest), own) || !ProfileLevel::parse(theirs, limit))
    return;
  if (limit.rank() < own.rank()) setParameter(format, kProfileLevelId, theirs);
}

}  // namespace

CodecFormat answeredFormat(const CodecFormat& ours, const CodecFormat& offered) {
  CodecFormat answer = ours;
  if (isH264(ours) && !mayDiffer(ours, offered)) limitLevel(answer, offered);
  return answer;
}

CodecFormat sendingFormat(const CodecFormat& ours, const CodecFormat& theirs) {
  CodecFormat sending = theirs;
  if (isH264(theirs) && !mayDiffer(ours, theirs)) limitLevel(sending, ours);
  return sending;
}

}  // namespace tincan::inline v0::media

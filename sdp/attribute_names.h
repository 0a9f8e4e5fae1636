#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tincan::inline v0::sdp {

/// The attributes that have a field of their own in the model, by where they stand. What AttributeParser reads into one,
/// no Section::otherAttributes can hold: written as such it would read back as the field.
inline constexpr std::array<std::string_view, 10> kSharedNames{
    "ice-ufrag",          "ice-pwd", "ice-options",       "fingerprint", "setup", "extmap",
    "extmap-allow-mixed", "cryptex", "end-of-candidates", "tls-id"};
inline constexpr std::array<std::string_view, 3> kSessionNames{"group", "msid-semantic", "ice-lite"};
inline constexpr std::array<std::string_view, 19> kMediaNames{
    "mid",        "candidate",  "bundle-only", "sctp-port", "max-message-size",
    "rtpmap",     "fmtp",       "rtcp-fb",     "rtcp-mux",  "rtcp-mux-only",
    "rtcp-rsize", "rtcp",       "ptime",       "maxptime",  "msid",
    "ssrc",       "ssrc-group", "rid",         "simulcast"};

inline bool hasField(std::string_view name, bool inMedia) {
  const auto in = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return in(kSharedNames) || (inMedia ? in(kMediaNames) : in(kSessionNames));
}

}  // namespace tincan::inline v0::sdp

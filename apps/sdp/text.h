#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/sdp/overview.h"

namespace tincan::inline v0::apps {

/// How the words are laid out.
struct SdpStyle {
  size_t width = 100;    ///< columns
  bool colours = false;  ///< ANSI escapes
};

/// The whole overview as a person reads it.
std::string toText(const SdpOverview& overview, const SdpStyle& style);
/// As compilers say it: "offer.sdp:12:8: refused: what (RFC …)", the line, and a mark below it.
std::string toComplaints(const SdpOverview& overview, const SdpStyle& style);

/// Lines with a label in front: "  codecs       opus …", wrapped at spaces, `indent` columns in.
std::string labelled(std::string_view label, std::string_view text, size_t width, size_t indent = 15);

}  // namespace tincan::inline v0::apps

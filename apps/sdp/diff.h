#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/sdp/overview.h"
#include "apps/sdp/text.h"

namespace tincan::inline v0::apps {

/// One thing that the second description says otherwise than the first. What is in one alone has only that side.
struct SdpChange {
  std::optional<size_t> section;  ///< m-line index; absent: of the session or its transport
  std::string what;               ///< "direction", "codec", "ICE credentials"
  std::string before, after;      ///< in words; both are never empty
};

/// What it means, not how it is written: order of lines and spellings do not count, order of codecs does.
std::vector<SdpChange> compare(const SdpOverview& before, const SdpOverview& after);
std::string toText(const std::vector<SdpChange>& changes, const SdpStyle& style);

}  // namespace tincan::inline v0::apps

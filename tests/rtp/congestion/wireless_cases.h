#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "tests/rtp/congestion/case_run.h"

namespace tincan::inline v0::rtp::line {

/// RFC 8869's cases: §3 in a cell, §4.1 with the bottleneck behind the Wi-Fi, §4.2 in the air. By what runs them.
std::vector<std::pair<const char*, std::function<void(Run&)>>> wirelessCases();

}  // namespace tincan::inline v0::rtp::line

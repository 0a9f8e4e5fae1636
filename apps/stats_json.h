#pragma once

#include <nlohmann/json_fwd.hpp>

#include "stack/stats.h"

namespace tincan::inline v0::apps {

/// The dictionaries of a statistics report by their ids, with the W3C's names, as a browser's RTCStatsReport prints.
nlohmann::json toJson(const stack::RTCStatsReport& report);

}  // namespace tincan::inline v0::apps

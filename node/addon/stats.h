#pragma once

#include <napi.h>

#include "stack/stats.h"

namespace tincan::inline v0::node {

/// An array of statistics dictionaries, in the report's order, each with what visit() tells of it.
Napi::Value toJs(Napi::Env env, const stack::RTCStatsReport& report);

}  // namespace tincan::inline v0::node

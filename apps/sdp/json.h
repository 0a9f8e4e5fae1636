#pragma once

#include <string>
#include <vector>

#include "apps/sdp/diff.h"
#include "apps/sdp/overview.h"

/// docs/schemas/sdp.schema.json.
namespace tincan::inline v0::apps {

std::string toJson(const SdpOverview& overview);
/// What --check --json prints: {"findings": […]}.
std::string findingsToJson(const SdpOverview& overview);
std::string answerToJson(const SdpOverview& overview);
std::string toJson(const std::vector<SdpChange>& changes);

}  // namespace tincan::inline v0::apps

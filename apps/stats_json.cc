#include "apps/stats_json.h"

#include <nlohmann/json.hpp>

namespace tincan::inline v0::apps {

nlohmann::json toJson(const stack::RTCStatsReport& report) {
  nlohmann::json out = nlohmann::json::object();
  report.forEach([&](const auto& stats) {
    nlohmann::json& one = out[stats.id] = nlohmann::json::object();
    stack::visit(stats, [&](std::string_view name, const auto& value) { one[std::string(name)] = value; });
  });
  return out;
}

}  // namespace tincan::inline v0::apps

#include "stack/jsep/simulcast.h"

#include <algorithm>

namespace tincan::inline v0::stack {

std::vector<RidSpec> acceptedRids(const RemoteSection& offered) {
  if (!offered.simulcast || offered.kind != MediaKind::kVideo) return {};
  std::vector<RidSpec> out = toSpecs(offered.sendRids);
  if (out.size() > kMaxRids) out.resize(kMaxRids);
  return out;
}

std::vector<RidSpec> agreedRids(const std::vector<RidSpec>& offered, const std::vector<RidSpec>& answered) {
  std::vector<RidSpec> out;
  for (const RidSpec& own : offered) {
    const auto found =
        std::find_if(answered.begin(), answered.end(), [&](const RidSpec& other) { return other.id == own.id; });
    if (found != answered.end()) out.push_back({own.id, own.paused || found->paused});
  }
  return out;
}

std::vector<RidSpec> toSpecs(const std::vector<std::string>& rids) {
  std::vector<RidSpec> out;
  for (const std::string& rid : rids) out.push_back({rid, false});
  return out;
}

std::vector<std::string> idsOf(const std::vector<RidSpec>& rids) {
  std::vector<std::string> out;
  for (const RidSpec& rid : rids) out.push_back(rid.id);
  return out;
}

}  // namespace tincan::inline v0::stack

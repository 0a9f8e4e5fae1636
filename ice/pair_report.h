#pragma once

#include <string>
#include <vector>

#include "ice/checklist.h"

namespace tincan::inline v0::ice {

/// "udp 192.0.2.1:5000 (host) -> 198.51.100.7:6000 (srflx)"
std::string describePair(const Checklist& checklist, const CandidatePair& pair);

/// For people who ask why there is no connection: how many pairs were tried, then one line for each, the best first, with
/// what it answered. At most `kMaxReportedPairs` of them; the last line then says how many more there are.
constexpr size_t kMaxReportedPairs = 32;
std::vector<std::string> pairReport(const Checklist& checklist);

}  // namespace tincan::inline v0::ice

#pragma once

#include "apps/table.h"
#include "stack/stats.h"

namespace tincan::inline v0::apps {

/// The table's view of a W3C statistics report. Bitrates are left at 0: they need two looks.
CallStats toCallStats(const stack::RTCStatsReport& report);

/// "FEFD" as people say it: "DTLS 1.2".
std::string dtlsVersionName(const std::string& tlsVersion);

}  // namespace tincan::inline v0::apps

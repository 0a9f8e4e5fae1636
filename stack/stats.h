#pragma once

/// What getStats() gives: the W3C's "Identifiers for WebRTC's Statistics", whole. A member that nothing is known of is
/// absent (stack/api/stats/stat.h).
#include "stack/api/stats/stats_report.h"

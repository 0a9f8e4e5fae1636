#pragma once

#include "stack/stats_context.h"

namespace tincan::inline v0::stack {

/// Makes one report of what the layers know (webrtc-stats): the streams of `report` get ids, codecs, sources and the far
/// end's view of them; transport, candidates, pairs and certificates are added; everything refers to everything.
void completeStats(RTCStatsReport& report, const StatsContext& context);

}  // namespace tincan::inline v0::stack

#pragma once

#include "apps/sdp/overview.h"

namespace tincan::inline v0::apps {

/// Adds what is allowed and not what browsers of today write, or what often is why a call fails.
void addUnusual(const sdp::Session& session, SdpOverview& out);

}  // namespace tincan::inline v0::apps

#pragma once

#include "apps/sdp/options.h"

namespace tincan::inline v0::apps {

/// `tincan sdp`. The process's exit code.
int runSdp(const SdpOptions& options);

}  // namespace tincan::inline v0::apps

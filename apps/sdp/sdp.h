#pragma once

#include "apps/sdp/options.h"

namespace tincan::apps {

/// `tincan sdp`. The process's exit code.
int runSdp(const SdpOptions& options);

}  // namespace tincan::apps

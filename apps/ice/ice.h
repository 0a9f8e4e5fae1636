#pragma once

#include "apps/ice/options.h"

namespace tincan::inline v0::apps {

/// `tincan ice`: prints candidates, or what works with a server. The process's exit code: 0 when every server that was
/// asked for answered, 1 when one did not, 2 when the command line was wrong.
int runIce(const IceOptions& options);

}  // namespace tincan::inline v0::apps

#pragma once

#include "apps/call/options.h"

namespace tincan::inline v0::apps {

/// `tincan call`: holds calls until told to stop. The exit code: 0 when media flowed both ways (or nobody called), 1
/// when it did not or something failed, 2 when the options make no sense.
int runCall(CallOptions options);

}  // namespace tincan::inline v0::apps

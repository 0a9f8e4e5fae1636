#pragma once

#include "base/log.h"

namespace tincan::inline v0::apps {

/// Has the stack's log written to standard error, a line each, with the seconds since now: all of it with `verbose`, else
/// why a connection failed.
void logToStandardError(bool verbose);

}  // namespace tincan::inline v0::apps

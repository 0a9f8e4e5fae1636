#pragma once

#include "base/log.h"

namespace tincan::inline v0 {

/// The process's sink: connections and drivers that are made from now on write to it what is of this level or above; an
/// empty function turns it off again. Connections of several loops call it from several threads. A connection of its own
/// kind has Environment::log, and a driver DriverConfig::log.
void setLogSink(LogLevel lowest, LogSink sink);

/// What setLogSink has set: off before the first call.
Log defaultLog();

}  // namespace tincan::inline v0

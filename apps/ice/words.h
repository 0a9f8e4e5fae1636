#pragma once

#include <string>

#include "base/time.h"
#include "ice/events.h"

namespace tincan::inline v0::apps {

/// "0.4 ms", "23 ms", "1.5 s"
std::string millisText(Duration duration);

/// "turn:192.0.2.1: 401 Unauthorized"
std::string errorText(const ice::CandidateError& error);

}  // namespace tincan::inline v0::apps

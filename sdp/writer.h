#pragma once

#include <string>

#include "base/result.h"
#include "sdp/session.h"

namespace tincan::inline v0::sdp {

/// Prints a session with CRLF line ends. Refuses (kMalformed, naming the line) a model that its own text would not give
/// back: strings with CR, LF or NUL, spaces where a token stands, an empty mandatory field, two sections of one mid. So
/// no string that came through an API can add a line or a field to the description.
Result<std::string> write(const Session& session);

}  // namespace tincan::inline v0::sdp

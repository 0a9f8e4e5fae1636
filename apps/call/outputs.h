#pragma once

#include <string>

#include "apps/call/options.h"

namespace tincan::inline v0::apps {

/// The files that one call leaves behind.
struct Outputs {
  std::string recording, picture;  ///< empty: none
};

/// Whether the files that `options` name can be written, and are not there yet (unless --overwrite): an error in one
/// line, before the call. Creates nothing.
Result<void> checkOutputs(const CallOptions& options);

/// The files of the next call. A name that is there already gets a number ("call-2.webm"), so that no call writes over
/// what an earlier one left; `first`: with --overwrite the first call of this process takes the names as they are.
Outputs outputsOfNextCall(const CallOptions& options, bool first);

/// "call.webm" where there is none, else "call-2.webm", "call-3.webm", …
std::string freeName(const std::string& path);

}  // namespace tincan::inline v0::apps

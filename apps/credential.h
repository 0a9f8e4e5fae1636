#pragma once

#include <string>

#include "base/result.h"

namespace tincan::inline v0::apps {

/// The environment variables that stand for --username and --credential of TURN servers, so that a secret need not
/// stand on the command line, where every user of the machine can read it.
inline constexpr const char* kUsernameVariable = "TINCAN_TURN_USERNAME";
inline constexpr const char* kCredentialVariable = "TINCAN_TURN_CREDENTIAL";

/// Reads the first line of `file` into `credential`; nothing to do when `file` is empty. One line about what is wrong.
Result<void> fillCredential(const std::string& file, std::string& credential);

}  // namespace tincan::inline v0::apps

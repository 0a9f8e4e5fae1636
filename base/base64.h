#pragma once

#include <string>

#include "base/bytes.h"

namespace tincan {

/// RFC 4648 §4, with padding.
std::string base64(ByteView bytes);

}  // namespace tincan

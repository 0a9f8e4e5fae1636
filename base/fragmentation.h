#pragma once

#include <cstdint>

namespace tincan::inline v0 {

/// What IP may do with a packet that is too large for a link.
enum class Fragmentation : uint8_t {
  kDefault,  ///< as the system does it: where a router says that it is too large, the next ones leave in fragments
  kNever,    ///< it asks how much the path carries (RFC 8899): in fragments it would get the wrong answer
  kAllowed,  ///< it cannot be made smaller, and must come through
};

}  // namespace tincan::inline v0

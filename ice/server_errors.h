#pragma once

#include <cstdint>

namespace tincan::inline v0::ice {

/// The code of a CandidateError where a server was not reached, and so said none of its own (W3C webrtc-pc §4.8.2).
inline constexpr uint16_t kUnreachable = 701;

}  // namespace tincan::inline v0::ice

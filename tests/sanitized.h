#pragma once

namespace tincan::inline v0 {

/// The test runs under AddressSanitizer: everything takes several times as long, and what is looked for is in the memory.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace tincan::inline v0

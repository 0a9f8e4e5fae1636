#pragma once

namespace tincan::inline v0::fuzz {

/// What a fuzz body asserts, in release builds too: a trap is a crash for libFuzzer and for GoogleTest.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace tincan::inline v0::fuzz

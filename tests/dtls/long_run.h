#pragma once

#include <cstdlib>

namespace tincan::inline v0::dtls::test {

/// TINCAN_LONG=1: the whole of a test that takes minutes; else a part of it that takes a second.
inline bool longRun() {
  const char* value = std::getenv("TINCAN_LONG");
  return value != nullptr && *value == '1';
}

}  // namespace tincan::inline v0::dtls::test

#pragma once

#include <cstdint>

namespace tincan::inline v0::test {

/// What has been done so far: the branches of code under test that were taken, and eight bytes of memory asked for
/// counting as one. The same for the same input, whatever else the machine does.
uint64_t workDone();

}  // namespace tincan::inline v0::test

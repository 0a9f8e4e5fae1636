#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"

namespace tincan::inline v0::dtls::test {

/// How often each of the needles (16 to 64 bytes) lies anywhere in this process's heap, freed blocks included: all
/// anonymous writable memory but the stack, read through /proc/self/mem. The needles themselves must not be there: keep
/// them in static storage.
std::vector<size_t> countInHeap(std::span<const ByteView> needles);

/// Bytes of live allocations, as the allocator counts them.
size_t liveHeapBytes();

}  // namespace tincan::inline v0::dtls::test

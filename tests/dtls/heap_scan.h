#pragma once

#include "base/bytes.h"

namespace tincan::dtls::test {

/// How often the bytes (16 to 64) lie anywhere in this process's heap, freed blocks included: all anonymous writable
/// memory but the stack, read through /proc/self/mem. The needle itself must not be there: keep it in static storage.
size_t findInHeap(ByteView needle);

/// Bytes of live allocations, as the allocator counts them.
size_t liveHeapBytes();

}  // namespace tincan::dtls::test

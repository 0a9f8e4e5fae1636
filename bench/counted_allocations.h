#pragma once

#include <benchmark/benchmark.h>

#include "tests/allocation_count.h"

namespace tincan::inline v0::bench {

/// Tells of a benchmark what its iterations ask of the heap, as a counter `allocations` for each packet: what is to stay 0
/// (scripts/bench-report says so where it does not). Begins where it is made, after a warm-up of the caller's.
class CountedAllocations {
 public:
  explicit CountedAllocations(benchmark::State& state) : state_(state) {
    test::install();
    test::allocations = 0;
    test::counting = true;
  }
  CountedAllocations(const CountedAllocations&) = delete;
  CountedAllocations& operator=(const CountedAllocations&) = delete;
  ~CountedAllocations() { test::counting = false; }
  /// After the loop: so many packets in each iteration.
  void tell(size_t packets) {
    test::counting = false;
    const auto count = static_cast<double>(packets) * static_cast<double>(state_.iterations());
    state_.counters["allocations"] = static_cast<double>(test::allocations) / count;
  }

 private:
  benchmark::State& state_;
};

}  // namespace tincan::inline v0::bench

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tincan::inline v0 {

/// Where randomness comes from. Injected everywhere: net/ reads the operating system's, tests pass a SeededRandom.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(MutableByteView out) = 0;

  uint32_t u32();
  uint64_t u64();
  /// Uniform in [0, bound); `bound` at least 1.
  uint64_t below(uint64_t bound);
  /// `size` characters drawn uniformly from `alphabet`.
  std::string text(size_t size, std::string_view alphabet);
};

/// The same bytes for the same seed (splitmix64). For tests and simulation: not for keys.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(MutableByteView out) override;

 private:
  uint64_t next();
  uint64_t state_;
};

}  // namespace tincan::inline v0

#pragma once

#include <array>
#include <cstdint>

#include "base/random.h"

namespace tincan::inline v0::crypto {

/// 32 bytes made into as many as are wanted, fit for keys: ChaCha20's key stream (RFC 8439 §2.4), with the key replaced
/// by the head of each block of output and what was given out wiped, so that a memory that is read later tells nothing of
/// what was drawn before. The same seed gives the same bytes, whatever the sizes that they are drawn in.
class ChaCha20Random final : public RandomSource {
 public:
  static constexpr size_t kSeedSize = 32;
  using Seed = std::array<uint8_t, kSeedSize>;

  explicit ChaCha20Random(const Seed& seed);
  /// The seed is drawn from `source`: 32 bytes in one draw.
  explicit ChaCha20Random(RandomSource& source);
  ~ChaCha20Random() override;
  ChaCha20Random(const ChaCha20Random&) = delete;
  ChaCha20Random& operator=(const ChaCha20Random&) = delete;

  void fill(MutableByteView out) override;

 private:
  void refill();

  Seed key_;
  std::array<uint8_t, 512> block_;  // its first 32 bytes are the next key
  size_t used_;
};

}  // namespace tincan::inline v0::crypto

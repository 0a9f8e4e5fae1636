#pragma once

#include "base/random.h"

namespace tincan::inline v0::net {

/// The operating system's entropy (getrandom(2)), fit for keys. Stateless: as many as you like, on any thread.
class OsRandom final : public RandomSource {
 public:
  void fill(MutableByteView out) override;
};

}  // namespace tincan::inline v0::net

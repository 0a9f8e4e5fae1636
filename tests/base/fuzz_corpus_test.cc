#include <gtest/gtest.h>

#include "fuzz/base_address.h"
#include "fuzz/replay.h"

namespace tincan::inline v0 {
namespace {

TEST(FuzzCorpus, BaseAddress) {
  fuzz::replay("base_address", fuzz::fuzzBaseAddress, fuzz::Damage::kEveryByte);
}

}  // namespace
}  // namespace tincan::inline v0

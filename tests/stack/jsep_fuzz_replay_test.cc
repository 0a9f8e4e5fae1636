#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/stack_jsep.h"
#include "fuzz/stack_negotiation.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, StackJsep) {
  replay("stack_jsep", fuzzStackJsep);
}
TEST(FuzzCorpus, StackNegotiation) {
  replay("stack_negotiation", fuzzStackNegotiation);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz

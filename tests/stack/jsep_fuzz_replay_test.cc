#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/stack_jsep.h"
#include "fuzz/stack_negotiation.h"
#include "fuzz/stack_page_changes.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, StackJsep) {
  replay("stack_jsep", fuzzStackJsep);
}
TEST(FuzzCorpus, StackNegotiation) {
  replay("stack_negotiation", fuzzStackNegotiation);
}
TEST(FuzzCorpus, StackPageChanges) {
  replay("stack_page_changes", fuzzStackPageChanges);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz

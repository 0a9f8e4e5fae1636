#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/stack_jsep.h"

namespace tincan::fuzz {
namespace {

TEST(FuzzCorpus, StackJsep) { replay("stack_jsep", fuzzStackJsep); }

}  // namespace
}  // namespace tincan::fuzz

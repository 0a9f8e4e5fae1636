#include "fuzz/stack_api_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStackApiWalk({data, size});
  return 0;
}

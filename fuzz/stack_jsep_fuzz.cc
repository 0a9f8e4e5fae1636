#include "fuzz/stack_jsep.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStackJsep({data, size});
  return 0;
}

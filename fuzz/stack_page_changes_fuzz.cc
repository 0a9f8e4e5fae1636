#include "fuzz/stack_page_changes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStackPageChanges({data, size});
  return 0;
}

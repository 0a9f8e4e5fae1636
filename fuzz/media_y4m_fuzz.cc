#include "fuzz/media_y4m.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzMediaY4m({data, size});
  return 0;
}

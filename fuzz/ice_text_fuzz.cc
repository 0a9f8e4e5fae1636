#include "fuzz/ice_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzIceText({data, size});
  return 0;
}

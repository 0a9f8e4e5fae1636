#include "fuzz/base_address.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzBaseAddress({data, size});
  return 0;
}

#include "fuzz/media_receive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzMediaReceive({data, size});
  return 0;
}

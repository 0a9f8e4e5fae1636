#include "fuzz/media_jitter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzMediaJitter({data, size});
  return 0;
}

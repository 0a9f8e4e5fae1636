#include "fuzz/media_wav.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzMediaWav({data, size});
  return 0;
}

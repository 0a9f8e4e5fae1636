#include "fuzz/media_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzMediaCodec({data, size});
  return 0;
}

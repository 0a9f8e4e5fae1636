#include "fuzz/sdp_lenient.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSdpLenient({data, size});
  return 0;
}

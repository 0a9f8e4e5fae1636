#include "fuzz/sdp_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSdpWriter({data, size});
  return 0;
}

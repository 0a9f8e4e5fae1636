#include "fuzz/rtp_layers_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpLayersAllocation({data, size});
  return 0;
}

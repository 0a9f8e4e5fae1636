#include "fuzz/ice_agent.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzIceAgent({data, size});
  return 0;
}

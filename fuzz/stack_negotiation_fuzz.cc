#include "fuzz/stack_negotiation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStackNegotiation({data, size});
  return 0;
}

#include "fuzz/sctp_dcep.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSctpDcep({data, size});
  return 0;
}

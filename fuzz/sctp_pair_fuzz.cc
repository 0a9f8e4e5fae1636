#include "fuzz/sctp_pair.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSctpPair({data, size});
  return 0;
}

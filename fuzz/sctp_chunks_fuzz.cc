#include "fuzz/sctp_chunks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSctpChunks({data, size});
  return 0;
}

#include "fuzz/stun_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStunStream({data, size});
  return 0;
}

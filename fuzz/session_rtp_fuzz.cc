#include "fuzz/session_rtp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSessionRtp({data, size});
  return 0;
}

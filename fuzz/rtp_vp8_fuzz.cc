#include "fuzz/rtp_vp8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpVp8({data, size});
  return 0;
}

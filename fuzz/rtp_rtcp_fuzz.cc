#include "fuzz/rtp_rtcp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpRtcp({data, size});
  return 0;
}

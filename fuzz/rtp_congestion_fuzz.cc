#include "fuzz/rtp_congestion.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpCongestion({data, size});
  return 0;
}

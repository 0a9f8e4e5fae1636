#include "fuzz/rtp_srtp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpSrtp({data, size});
  return 0;
}

#include "fuzz/rtp_receive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpReceive({data, size});
  return 0;
}

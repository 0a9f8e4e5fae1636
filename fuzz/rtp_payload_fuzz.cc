#include "fuzz/rtp_payload.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpPayload({data, size});
  return 0;
}

#include "fuzz/sdp_session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSdpSession({data, size});
  return 0;
}

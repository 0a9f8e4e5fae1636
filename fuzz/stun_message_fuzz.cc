#include "fuzz/stun_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStunMessage({data, size});
  return 0;
}

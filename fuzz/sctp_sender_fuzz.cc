#include "fuzz/sctp_sender.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSctpSender({data, size});
  return 0;
}

#include "fuzz/dtls_peer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzDtlsPeer({data, size});
  return 0;
}

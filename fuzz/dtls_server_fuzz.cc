#include "fuzz/dtls_server.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzDtlsServer({data, size});
  return 0;
}

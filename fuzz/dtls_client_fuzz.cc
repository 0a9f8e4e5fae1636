#include "fuzz/dtls_client.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzDtlsClient({data, size});
  return 0;
}

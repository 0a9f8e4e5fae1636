#include "fuzz/crypto_certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzCryptoCertificate({data, size});
  return 0;
}

#include "fuzz/sctp_association.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzSctpAssociation({data, size});
  return 0;
}

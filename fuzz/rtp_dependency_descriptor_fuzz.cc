#include "fuzz/rtp_dependency_descriptor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzRtpDependencyDescriptor({data, size});
  return 0;
}

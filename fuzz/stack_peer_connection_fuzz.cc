#include "fuzz/stack_peer_connection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStackPeerConnection({data, size});
  return 0;
}

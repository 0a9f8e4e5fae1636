#include "fuzz/stun_turn.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tincan::fuzz::fuzzStunTurn({data, size});
  return 0;
}

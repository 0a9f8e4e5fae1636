#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/session_rtp.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, SessionRtp) {
  replay("session_rtp", fuzzSessionRtp, Damage::kEveryByte);
}
// And what no corpus has: random steps, by a seed.
TEST(FuzzCorpus, SessionRtpBySeeds) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Bytes bytes(2000);
    random.fill(bytes);
    fuzzSessionRtp(bytes);
  }
}

}  // namespace
}  // namespace tincan::inline v0::fuzz

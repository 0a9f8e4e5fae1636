#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/media_jitter.h"
#include "fuzz/replay.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzMediaJitter, ReplaysItsCorpus) {
  replay("media_jitter", fuzzMediaJitter);
}

TEST(FuzzMediaJitter, SurvivesRandomBytes) {
  SeededRandom random(1);
  for (int i = 0; i < 500; ++i) {
    Bytes bytes(random.below(600));
    random.fill(bytes);
    fuzzMediaJitter(bytes);
  }
}

}  // namespace
}  // namespace tincan::inline v0::fuzz

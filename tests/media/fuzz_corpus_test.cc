#include <gtest/gtest.h>

#include "fuzz/media_codec.h"
#include "fuzz/media_wav.h"
#include "fuzz/media_y4m.h"
#include "fuzz/replay.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, MediaCodec) {
  replay("media_codec", fuzzMediaCodec);
}
TEST(FuzzCorpus, MediaY4m) {
  replay("media_y4m", fuzzMediaY4m);
}
TEST(FuzzCorpus, MediaWav) {
  replay("media_wav", fuzzMediaWav);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz

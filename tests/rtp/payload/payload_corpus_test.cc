#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/replay.h"
#include "fuzz/rtp_payload.h"
#include "fuzz/rtp_vp8.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzRtpVp8, ReplaysItsCorpus) {
  replay("rtp_vp8", fuzzRtpVp8);
}

TEST(FuzzRtpVp8, SurvivesRandomBytes) {
  SeededRandom random(1);
  for (int i = 0; i < 500; ++i) {
    Bytes bytes(random.below(600));
    random.fill(bytes);
    fuzzRtpVp8(bytes);
  }
}

TEST(FuzzRtpPayload, ReplaysItsCorpus) {
  replay("rtp_payload", fuzzRtpPayload, Damage::kEveryByte);
}

TEST(FuzzRtpPayload, SurvivesRandomBytes) {
  SeededRandom random(1);
  for (int i = 0; i < 3000; ++i) {
    Bytes bytes(1 + random.below(300));
    random.fill(bytes);
    bytes[0] = static_cast<uint8_t>(i % 10);
    fuzzRtpPayload(bytes);
  }
}

}  // namespace
}  // namespace tincan::inline v0::fuzz

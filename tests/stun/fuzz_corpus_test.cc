#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/replay.h"
#include "fuzz/stun_message.h"
#include "fuzz/stun_stream.h"
#include "fuzz/stun_turn.h"
#include "tests/stun/vectors.h"

namespace tincan::inline v0 {
namespace {

TEST(FuzzCorpus, StunMessage) {
  fuzz::replay("stun_message", fuzz::fuzzStunMessage, fuzz::Damage::kEveryByte);
}

TEST(FuzzCorpus, StunStream) {
  fuzz::replay("stun_stream", fuzz::fuzzStunStream, fuzz::Damage::kEveryByte);
}

TEST(FuzzCorpus, StunTurn) {
  fuzz::replay("stun_turn", fuzz::fuzzStunTurn);
}

TEST(FuzzCorpus, StunTurnAtRandom) {
  SeededRandom random(3);
  for (int i = 0; i < 300; ++i) {
    Bytes data(1 + random.below(200));
    random.fill(data);
    fuzz::fuzzStunTurn(data);
  }
}

// A short run of the same property over damaged vectors, with the lengths kept whole and no FINGERPRINT to stop them.
TEST(FuzzCorpus, DamagedVectors) {
  SeededRandom random(7);
  for (int i = 0; i < 20000; ++i) {
    Bytes data = stun::testing::kSampleRequest;
    data.resize(data.size() - 8);
    storeBe16(data.data() + 2, static_cast<uint16_t>(data.size() - 20));
    for (uint64_t n = random.below(4) + 1; n > 0; --n) {
      data[20 + random.below(data.size() - 20)] = static_cast<uint8_t>(random.u32());
    }
    fuzz::fuzzStunMessage(data);
  }
}

}  // namespace
}  // namespace tincan::inline v0

#include "ice/checklist.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::ice {
namespace {

Candidate host(uint8_t last, uint32_t priority) {
  Candidate c;
  c.foundation = "f" + std::to_string(last);
  c.priority = priority;
  c.address = {IpAddress::v4(192, 0, 2, last), 5000};
  return c;
}

struct Full {
  Full() {
    config.maxPairs = 4;
    checklist.addBase(host(1, 100));
    for (uint8_t i = 0; i < 4; ++i) checklist.addRemote(host(static_cast<uint8_t>(10 + i), 10u + i));
  }
  CandidatePair& lowest() { return *checklist.pairs().back(); }
  bool holds(const CandidatePair* pair) const {
    for (const auto& each : checklist.pairs()) {
      if (each.get() == pair) return true;
    }
    return false;
  }
  /// Sixteen candidates that are all better than what is there.
  void flood() {
    for (uint8_t i = 0; i < 16; ++i) checklist.addRemote(host(static_cast<uint8_t>(100 + i), 1000u + i));
  }

  AgentConfig config;
  Stats stats;
  Checklist checklist{config, stats, Role::kControlling};
};

// LIMITS B02. A selected pair can be one that must prove itself again: the pin alone holds it.
TEST(Checklist, TheSelectedPairIsNeverEvicted) {
  Full full;
  CandidatePair* selected = &full.lowest();
  full.checklist.pin(selected);
  full.flood();
  ASSERT_TRUE(full.holds(selected));
  EXPECT_EQ(full.checklist.pairs().size(), 4u);
  EXPECT_EQ(&full.lowest(), selected) << "and all others were better";
  full.checklist.pin(nullptr);
  full.checklist.addRemote(host(200, 5000));
  EXPECT_FALSE(full.holds(selected)) << "the pin was what held it";
}

TEST(Checklist, PairsThatWorkOrThatThePeerHasTriedStandAboveNamedOnes) {
  for (const bool valid : {true, false}) {
    Full full;
    CandidatePair* pair = &full.lowest();
    (valid ? pair->valid : pair->peerChecked) = true;
    full.flood();
    EXPECT_TRUE(full.holds(pair)) << valid;
    EXPECT_EQ(full.checklist.pairs().size(), 4u);
  }
}

TEST(Checklist, ANewPairThatIsTheLowestStaysOut) {
  Full full;
  full.checklist.addRemote(host(50, 1));
  ASSERT_EQ(full.checklist.pairs().size(), 4u);
  for (const auto& pair : full.checklist.pairs()) EXPECT_NE(full.checklist.remote(*pair).priority, 1u);
  EXPECT_EQ(full.stats.pairsEvicted, 1u);
}

}  // namespace
}  // namespace tincan::inline v0::ice

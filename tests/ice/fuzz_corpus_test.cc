#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/ice_agent.h"
#include "fuzz/ice_text.h"
#include "tests/paths.h"

namespace tincan::inline v0 {
namespace {

std::vector<Bytes> corpus(const std::string& name) {
  std::vector<Bytes> out;
  for (const auto& entry : std::filesystem::directory_iterator(fuzzCorpusPath(name))) {
    std::ifstream in(entry.path(), std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

// The seeds, and a few hundred damaged ones of each.
template <class Body>
void replay(const std::string& name, int damaged, Body body) {
  const auto seeds = corpus(name);
  EXPECT_GE(seeds.size(), 6u);
  SeededRandom random(3);
  for (const Bytes& seed : seeds) {
    body(seed);
    for (int i = 0; i < damaged; ++i) {
      Bytes bad = seed;
      for (uint64_t n = random.below(4) + 1; n > 0; --n) {
        bad[random.below(bad.size())] = static_cast<uint8_t>(random.u32());
      }
      body(bad);
    }
  }
}

TEST(FuzzCorpus, IceAgent) {
  replay("ice_agent", 20, fuzz::fuzzIceAgent);
}
TEST(FuzzCorpus, IceText) {
  replay("ice_text", 300, fuzz::fuzzIceText);
}

}  // namespace
}  // namespace tincan::inline v0

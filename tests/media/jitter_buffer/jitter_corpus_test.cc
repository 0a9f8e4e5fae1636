#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/media_jitter.h"

namespace tincan::fuzz {
namespace {

TEST(FuzzMediaJitter, ReplaysItsCorpus) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TINCAN_FUZZ_CORPUS "/media_jitter")) {
    SCOPED_TRACE(entry.path().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    fuzzMediaJitter(bytes);
    ++count;
  }
  EXPECT_GT(count, 0u);
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
}  // namespace tincan::fuzz

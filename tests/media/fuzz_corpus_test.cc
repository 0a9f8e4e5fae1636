#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fuzz/media_wav.h"
#include "fuzz/media_y4m.h"

namespace tincan::media {
namespace {

int replay(const std::string& name, void (*body)(ByteView)) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TINCAN_FUZZ_CORPUS) + "/" + name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    body(asBytes(bytes));
    ++count;
  }
  return count;
}

TEST(FuzzCorpus, Y4m) {
  EXPECT_GT(replay("media_y4m", fuzz::fuzzMediaY4m), 0);
}
TEST(FuzzCorpus, Wav) {
  EXPECT_GT(replay("media_wav", fuzz::fuzzMediaWav), 0);
}

}  // namespace
}  // namespace tincan::media

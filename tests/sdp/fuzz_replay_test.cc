#include <filesystem>

#include <gtest/gtest.h>

#include "fuzz/sdp_session.h"
#include "tests/sdp/corpus.h"

namespace tincan {
namespace {

TEST(SdpFuzzReplay, Seeds) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TINCAN_FUZZ_CORPUS "/sdp_session")) {
    fuzz::fuzzSdpSession(asBytes(test::readFile(entry.path())));
    ++count;
  }
  EXPECT_GE(count, 3u);
}

}  // namespace
}  // namespace tincan

#include <filesystem>

#include <gtest/gtest.h>

#include "fuzz/stack_peer_connection.h"
#include "tests/paths.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0 {
namespace {

TEST(PeerConnectionFuzzReplay, Seeds) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fuzzCorpusPath("stack_peer_connection"))) {
    fuzz::fuzzStackPeerConnection(asBytes(test::readFile(entry.path())));
    ++count;
  }
  EXPECT_GE(count, 3u);
}

}  // namespace
}  // namespace tincan::inline v0

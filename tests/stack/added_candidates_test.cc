#include "stack/jsep/added_candidates.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

const std::string kOne = "candidate:1 1 udp 1 192.0.2.1 5000 typ host", kEnd = "end-of-candidates";

// W3C §4.4.2.
TEST(AddedCandidates, StandAtTheEndOfTheirSection) {
  const std::string sdp = "v=0\r\ns=-\r\nm=audio 9 x 0\r\na=mid:0\r\nm=video 9 x 1\r\na=mid:1\r\n";
  EXPECT_EQ(withCandidates(sdp, {}), sdp);
  EXPECT_EQ(withCandidates(sdp, {{0, kOne}, {1, kEnd}, {0, kEnd}, {2, kOne}}),
            "v=0\r\ns=-\r\nm=audio 9 x 0\r\na=mid:0\r\na=" + kOne + "\r\na=" + kEnd +
                "\r\nm=video 9 x 1\r\na=mid:1\r\na=" + kEnd + "\r\n");
}

TEST(AddedCandidates, LeaveTheTextAsItWas) {
  EXPECT_EQ(withCandidates("", {{0, kOne}}), "");
  EXPECT_EQ(withCandidates("v=0\r\n", {{0, kOne}}), "v=0\r\n");
  EXPECT_EQ(withCandidates("m=audio", {{0, kEnd}}), "m=audio\r\na=" + kEnd + "\r\n") << "whose last line has no end";
  EXPECT_EQ(withCandidates("m=audio\nm=video\n", {{1, kEnd}}), "m=audio\nm=video\na=" + kEnd + "\r\n");
  EXPECT_EQ(withCandidates("v=0\r\na=m=x\r\n", {{0, kEnd}}), "v=0\r\na=m=x\r\n") << "a line that only looks like one";
}

TEST(AddedCandidates, OnceEachAndBounded) {
  std::vector<AddedCandidate> added;
  for (int twice = 0; twice < 2; ++twice) {
    addCandidate(added, {0, kOne});
    addCandidate(added, {1, kOne});
  }
  EXPECT_EQ(added.size(), 2u);
  for (int i = 0; i < 1'000; ++i) addCandidate(added, {0, "candidate:" + std::to_string(i)});
  EXPECT_EQ(added.size(), 256u);
}

}  // namespace
}  // namespace tincan::inline v0::stack

#include "tests/sdp/corpus.h"

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"

namespace tincan::sdp {
namespace {

TEST(SdpCorpus, EveryFileParsesAndRoundTrips) {
  ASSERT_GE(test::sdpCorpus().size(), 185u);
  for (const auto& file : test::sdpCorpus()) {
    auto session = parse(file.text);
    ASSERT_TRUE(session.ok()) << file.name << ": " << session.error().toString();
    auto text = write(*session);
    ASSERT_TRUE(text.ok()) << file.name << ": " << text.error().toString();
    auto again = parse(*text);
    ASSERT_TRUE(again.ok()) << file.name << ": " << again.error().toString();
    EXPECT_TRUE(*session == *again) << file.name;
    EXPECT_EQ(*write(*again), *text) << file.name << ": writing is a fixed point";
  }
}

}  // namespace
}  // namespace tincan::sdp

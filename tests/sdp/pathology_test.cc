#include "tests/sdp/pathology.h"

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"

namespace tincan::inline v0::sdp {
namespace {

TEST(SdpPathology, WhatIsAcceptedRoundTrips) {
  for (const auto& pathology : test::pathologies()) {
    auto session = parse(test::makePathology(pathology, kMaxTextSize / 32));
    if (!session) continue;
    auto text = write(*session);
    ASSERT_TRUE(text.ok()) << pathology.name << text.error().message();
    EXPECT_TRUE(*parse(*text) == *session) << pathology.name;
  }
}

}  // namespace
}  // namespace tincan::inline v0::sdp

#include "base/result.h"

#include <gtest/gtest.h>

namespace tincan::inline v0 {
namespace {

TEST(Result, ValueOfAnErrorThrowsWhatTheErrorSays) {
  Result<int> result(ErrorCode::kSyntaxError, "stun:: is no server");
  try {
    (void)result.value();
    FAIL() << "there is no value";
  } catch (const BadResult& bad) {
    EXPECT_STREQ(bad.what(), "SyntaxError: stun:: is no server");
    EXPECT_EQ(bad.error().code(), ErrorCode::kSyntaxError);
  }
  EXPECT_THROW((void)*result, BadResult);
  EXPECT_THROW((void)std::move(result).value(), BadResult);
  EXPECT_EQ(Result<int>(7).value(), 7);
}

}  // namespace
}  // namespace tincan::inline v0

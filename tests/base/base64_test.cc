#include "base/base64.h"

#include <gtest/gtest.h>

namespace tincan {
namespace {

// RFC 4648 §10.
TEST(Base64, WritesTheVectorsOfTheRfc) {
  EXPECT_EQ(base64(asBytes("")), "");
  EXPECT_EQ(base64(asBytes("f")), "Zg==");
  EXPECT_EQ(base64(asBytes("fo")), "Zm8=");
  EXPECT_EQ(base64(asBytes("foo")), "Zm9v");
  EXPECT_EQ(base64(asBytes("foob")), "Zm9vYg==");
  EXPECT_EQ(base64(asBytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(base64(asBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64(Bytes{0xff, 0xfe, 0xfd}), "//79");
}

}  // namespace
}  // namespace tincan

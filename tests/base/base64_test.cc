#include "base/base64.h"

#include <gtest/gtest.h>

namespace tincan::inline v0 {
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

TEST(Base64, ReadsWhatItWrites) {
  Bytes bytes;
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(fromBase64(base64(bytes)), bytes);
    bytes.push_back(static_cast<uint8_t>(i * 37 + 200));
  }
}

TEST(Base64, ReadsNothingElse) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm8=\n", " Zm8=", "Zm-_", "Zm9v=", "=m9v", "Zh==", "Zm9="}) {
    EXPECT_FALSE(fromBase64(text)) << text;
  }
}

}  // namespace
}  // namespace tincan::inline v0

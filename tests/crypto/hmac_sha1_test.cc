#include "crypto/hmac_sha1.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/hash.h"

namespace tincan::inline v0::crypto {
namespace {

TEST(HmacSha1, AgreesWithTheGeneralOneForEveryKeyAndMessageSize) {
  SeededRandom random(1);
  for (size_t keySize = 0; keySize < 140; ++keySize) {
    Bytes key(keySize), message(keySize * 3);
    random.fill(key);
    random.fill(message);
    const HmacSha1 mac(key);
    const Digest expected = hmac(HashAlgorithm::kSha1, key, message);
    EXPECT_TRUE(equalBytes(mac.sign(message), expected.view())) << keySize;
    const ByteView view = message;
    const size_t cut = message.size() / 3;
    EXPECT_TRUE(equalBytes(mac.sign(view.first(cut), view.subspan(cut)), expected.view())) << keySize;
  }
}

// RFC 2202 §3, cases 1 and 2.
TEST(HmacSha1, Rfc2202) {
  const Bytes key(20, 0x0b);
  EXPECT_TRUE(equalBytes(HmacSha1(key).sign(asBytes("Hi There")),
                         Bytes{0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b,
                               0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00}));
  EXPECT_TRUE(equalBytes(HmacSha1(asBytes("Jefe")).sign(asBytes("what do ya want for nothing?")),
                         Bytes{0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74,
                               0x16, 0xd5, 0xf1, 0x84, 0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79}));
}

}  // namespace
}  // namespace tincan::inline v0::crypto

#include "crypto/hash.h"

#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "crypto/secret.h"

namespace tincan::inline v0::crypto {
namespace {

std::string hex(ByteView bytes) {
  std::string out;
  for (uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

TEST(Hash, KnownDigestsOfAbc) {
  EXPECT_EQ(hex(hash(HashAlgorithm::kMd5, asBytes("abc")).view()), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(hash(HashAlgorithm::kSha1, asBytes("abc")).view()), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(hash(HashAlgorithm::kSha256, asBytes("abc")).view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hasher, PeeksWithoutDisturbing) {
  Hasher hasher(HashAlgorithm::kSha384);
  hasher.update(asBytes("a"));
  EXPECT_EQ(hex(hasher.peek().view()), hex(hash(HashAlgorithm::kSha384, asBytes("a")).view()));
  hasher.update(asBytes("bc"));
  EXPECT_EQ(hex(hasher.peek().view()), hex(hash(HashAlgorithm::kSha384, asBytes("abc")).view()));
}

// RFC 4231 §4.3 (SHA-256) and RFC 2202 §3 case 2 (SHA-1).
TEST(Hmac, RfcVectorsAndReuse) {
  const Hmac mac(HashAlgorithm::kSha256, asBytes("Jefe"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(hex(mac.sign(asBytes("what do ya want "), asBytes("for nothing?")).view()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }
  EXPECT_EQ(hex(hmac(HashAlgorithm::kSha1, asBytes("Jefe"), asBytes("what do ya want for nothing?")).view()),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(hmac(HashAlgorithm::kSha256, {}, {}).view()),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Aead, SealsOpensAndRefuses) {
  for (auto algorithm : {AeadAlgorithm::kAes128Gcm, AeadAlgorithm::kAes256Gcm, AeadAlgorithm::kChaCha20Poly1305}) {
    const Bytes key(keySize(algorithm), 7);
    const Aead aead(algorithm, key);
    const Bytes nonce(kAeadNonceSize, 1);
    const Bytes clear = toBytes(asBytes("a tin can"));
    Bytes text = clear, tag(kAeadTagSize);
    ASSERT_TRUE(aead.seal(nonce, asBytes("aad"), text, tag));
    EXPECT_NE(text, clear);
    Bytes opened = text;
    ASSERT_TRUE(aead.open(nonce, asBytes("aad"), opened, tag));
    EXPECT_EQ(opened, clear);
    opened = text;
    EXPECT_FALSE(aead.open(nonce, asBytes("axd"), opened, tag));
    for (uint8_t& byte : tag) {
      opened = text;
      byte ^= 1;
      EXPECT_FALSE(aead.open(nonce, asBytes("aad"), opened, tag));
      byte ^= 1;
    }
    Bytes none;
    ASSERT_TRUE(aead.seal(nonce, asBytes("only aad"), none, tag));
    EXPECT_TRUE(aead.open(nonce, asBytes("only aad"), none, tag));
    EXPECT_FALSE(Aead(algorithm, asBytes("short")).seal(nonce, {}, none, tag));
  }
}

TEST(Secret, ComparesAndWipes) {
  EXPECT_TRUE(equalConstantTime(asBytes("same"), asBytes("same")));
  EXPECT_FALSE(equalConstantTime(asBytes("same"), asBytes("sane")));
  EXPECT_FALSE(equalConstantTime(asBytes("same"), asBytes("sam")));
  Bytes bytes(8, 1);
  wipe(bytes);
  EXPECT_EQ(bytes, Bytes(8));
}

}  // namespace
}  // namespace tincan::inline v0::crypto

#include "crypto/aead.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/multi_buffer.h"

namespace tincan::inline v0::crypto {
namespace {

constexpr AeadAlgorithm kAll[] = {AeadAlgorithm::kAes128Gcm, AeadAlgorithm::kAes256Gcm,
                                  AeadAlgorithm::kChaCha20Poly1305};

Bytes unhex(std::string_view text) {
  Bytes out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return out;
}

Bytes randomBytes(SeededRandom& random, size_t size) {
  Bytes out(size);
  random.fill(out);
  return out;
}

/// What a sealed message is, its tag behind it.
Bytes sealed(const Aead& aead, ByteView nonce, ByteView aad, ByteView text) {
  Bytes out = toBytes(text);
  out.resize(text.size() + kAeadTagSize);
  const MutableByteView all(out);
  EXPECT_TRUE(aead.seal(nonce, aad, all.first(text.size()), all.last(kAeadTagSize)));
  return out;
}

// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test case 4.
TEST(Aead, KnownAnswer) {
  const auto engine = MultiBuffer::create();
  const Bytes key = unhex("feffe9928665731c6d6a8f9467308308"), nonce = unhex("cafebabefacedbaddecaf888");
  const Bytes aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const Bytes text = unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  const Bytes expected = unhex(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
      "3d58e0915bc94fbc3221a5db94fae95ae7121a47");
  const Aead aead(AeadAlgorithm::kAes128Gcm, key, engine.get());
  for (unsigned i = 0; i < 3 * Aead::kFew; ++i) EXPECT_EQ(sealed(aead, nonce, aad, text), expected) << i;
}

// Whoever serves them, messages are the same: of each length around the blocks, and from the first one to those past kFew.
TEST(Aead, ManyMessagesAreAsFewOnes) {
  const auto engine = MultiBuffer::create();
  SeededRandom random(1);
  for (const AeadAlgorithm algorithm : kAll) {
    const Bytes key = randomBytes(random, keySize(algorithm));
    const Aead one(algorithm, key, engine.get()), other(algorithm, key);
    for (size_t size = 0; size < 1500; size += size < 300 ? 1 : 37) {
      const Bytes nonce = randomBytes(random, kAeadNonceSize), aad = randomBytes(random, size % 21);
      const Bytes text = randomBytes(random, size);
      Bytes message = sealed(one, nonce, aad, text);
      ASSERT_EQ(message, sealed(other, nonce, aad, text)) << size;
      const MutableByteView body = MutableByteView(message).first(size), tag = MutableByteView(message).last(16);
      ASSERT_TRUE(one.open(nonce, aad, body, tag));
      ASSERT_EQ(toBytes(body), text);
    }
  }
}

TEST(Aead, ForgeriesAreRefusedByBoth) {
  const auto engine = MultiBuffer::create();
  SeededRandom random(2);
  for (const AeadAlgorithm algorithm : kAll) {
    const Aead aead(algorithm, randomBytes(random, keySize(algorithm)), engine.get());
    const Bytes nonce = randomBytes(random, kAeadNonceSize), aad = randomBytes(random, 5);
    const Bytes message = sealed(aead, nonce, aad, randomBytes(random, 100));
    for (size_t bit = 0; bit < 8 * message.size(); ++bit) {
      Bytes forged = message;
      forged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      const MutableByteView all(forged);
      ASSERT_FALSE(aead.open(nonce, aad, all.first(100), all.last(kAeadTagSize))) << bit;
    }
    Bytes genuine = message;
    EXPECT_TRUE(aead.open(nonce, aad, MutableByteView(genuine).first(100), MutableByteView(genuine).last(16)));
    aead.rest();
    genuine = message;
    EXPECT_TRUE(aead.open(nonce, aad, MutableByteView(genuine).first(100), MutableByteView(genuine).last(16)));
  }
}

TEST(Aead, KeysNoncesAndTagsOfOtherSizesAreNone) {
  const auto engine = MultiBuffer::create();
  for (const AeadAlgorithm algorithm : kAll) {
    Bytes text(10), tag(16);
    const Aead noKey(algorithm, Bytes(keySize(algorithm) - 1), engine.get());
    const Aead aead(algorithm, Bytes(keySize(algorithm)), engine.get());
    for (unsigned i = 0; i < 2 * Aead::kFew; ++i) {
      EXPECT_FALSE(noKey.seal(Bytes(12), {}, text, tag));
      EXPECT_FALSE(noKey.open(Bytes(12), {}, text, tag));
      EXPECT_FALSE(aead.seal(Bytes(11), {}, text, tag));
      EXPECT_FALSE(aead.open(Bytes(13), {}, text, tag));
      EXPECT_FALSE(aead.seal(Bytes(12), {}, text, MutableByteView(tag).first(15)));
      EXPECT_TRUE(aead.seal(Bytes(12), {}, text, tag));
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::crypto

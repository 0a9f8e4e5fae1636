#include "crypto/key_exchange.h"

#include <gtest/gtest.h>

#include "crypto/number_mask.h"
#include "crypto/prf.h"

namespace tincan::inline v0::crypto {
namespace {

Bytes unhex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  return out;
}

/// Gives out what it was made with, and zeros after it.
class FixedRandom final : public RandomSource {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(MutableByteView out) override {
    for (uint8_t& byte : out) byte = next_ < bytes_.size() ? bytes_[next_++] : 0;
  }

 private:
  Bytes bytes_;
  size_t next_ = 0;
};

// RFC 7748 §6.1.
TEST(KeyExchange, X25519Vector) {
  FixedRandom a(unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  FixedRandom b(unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  const auto alice = KeyExchange::generate(NamedGroup::kX25519, a), bob = KeyExchange::generate(NamedGroup::kX25519, b);
  EXPECT_EQ(toBytes(alice->publicKey()), unhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  EXPECT_EQ(toBytes(bob->publicKey()), unhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
  EXPECT_EQ(toBytes(alice->derive(bob->publicKey())->view()),
            unhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"));
}

TEST(KeyExchange, BothSidesAgreeAndTheSameSeedGivesTheSameShare) {
  for (const NamedGroup group : {NamedGroup::kX25519, NamedGroup::kP256, NamedGroup::kP384}) {
    SeededRandom one(1), same(1), two(2);
    const auto a = KeyExchange::generate(group, one), b = KeyExchange::generate(group, two);
    ASSERT_TRUE(a && b);
    EXPECT_TRUE(equalBytes(KeyExchange::generate(group, same)->publicKey(), a->publicKey()));
    EXPECT_FALSE(equalBytes(a->publicKey(), b->publicKey()));
    const auto ab = a->derive(b->publicKey()), ba = b->derive(a->publicKey());
    ASSERT_TRUE(ab && ba);
    EXPECT_TRUE(equalBytes(ab->view(), ba->view()));
    EXPECT_EQ(ab->size(), group == NamedGroup::kP384 ? 48u : 32u);
  }
}

TEST(KeyExchange, RefusesBadShares) {
  for (const NamedGroup group : {NamedGroup::kX25519, NamedGroup::kP256, NamedGroup::kP384}) {
    SeededRandom random(1);
    const auto key = KeyExchange::generate(group, random);
    const Bytes share = toBytes(key->publicKey());
    for (size_t size = 0; size < share.size(); ++size) EXPECT_FALSE(key->derive(ByteView(share).first(size)));
    Bytes longer = share;
    longer.push_back(0);
    EXPECT_FALSE(key->derive(longer));
    EXPECT_FALSE(key->derive(Bytes(share.size())));  // of low order, or no point
    if (group == NamedGroup::kX25519) continue;
    Bytes off = share;
    off.back() ^= 1;  // not on the curve
    EXPECT_FALSE(key->derive(off));
    Bytes compressed(share.begin(), share.begin() + 1 + static_cast<long>(share.size() / 2));
    compressed[0] = 2;
    EXPECT_FALSE(key->derive(compressed));
  }
  SeededRandom random(1);
  EXPECT_FALSE(KeyExchange::generate(static_cast<NamedGroup>(0x11EC), random));
}

// RFC 5903 §8.1: scalars and the shared x coordinate of P-256.
TEST(KeyExchange, P256Vector) {
  FixedRandom i(unhex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"));
  FixedRandom r(unhex("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53"));
  const auto initiator = KeyExchange::generate(NamedGroup::kP256, i),
             responder = KeyExchange::generate(NamedGroup::kP256, r);
  EXPECT_EQ(toBytes(initiator->publicKey()), unhex("04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
                                                   "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"));
  EXPECT_EQ(toBytes(initiator->derive(responder->publicKey())->view()),
            unhex("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"));
}

// RFC 5869 §A.1.
TEST(Prf, HkdfVector) {
  const auto prk = hkdfExtract(HashAlgorithm::kSha256, unhex("000102030405060708090a0b0c"), Bytes(22, 0x0b));
  EXPECT_EQ(toBytes(prk.view()), unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
  EXPECT_EQ(toBytes(hkdfExpand(HashAlgorithm::kSha256, prk.view(), unhex("f0f1f2f3f4f5f6f7f8f9"), 42).view()),
            unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
}

TEST(Prf, Tls12IsAPrefixOfItself) {
  const auto longer = tls12Prf(HashAlgorithm::kSha256, asBytes("secret"), "label", asBytes("seed"), {}, 100);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{12}, size_t{32}, size_t{33}, size_t{99}}) {
    const auto shorter =
        tls12Prf(HashAlgorithm::kSha256, asBytes("secret"), "label", asBytes("se"), asBytes("ed"), size);
    EXPECT_TRUE(equalBytes(shorter.view(), longer.view().first(size)));
  }
}

TEST(NumberMask, IsOneBlockOfAes) {
  // FIPS 197 §C.1.
  const NumberMask mask(AeadAlgorithm::kAes128Gcm, unhex("000102030405060708090a0b0c0d0e0f"));
  std::array<uint8_t, 2> out{};
  ASSERT_TRUE(mask.mask(unhex("00112233445566778899aabbccddeeff"), out));
  EXPECT_EQ(out, (std::array<uint8_t, 2>{0x69, 0xc4}));
  EXPECT_FALSE(mask.mask(Bytes(15), out));
  // RFC 8439 §2.3.2: counter 1, nonce 000000090000004a00000000.
  Bytes key(32);
  for (size_t i = 0; i < 32; ++i) key[i] = static_cast<uint8_t>(i);
  const NumberMask chacha(AeadAlgorithm::kChaCha20Poly1305, key);
  ASSERT_TRUE(chacha.mask(unhex("01000000000000090000004a00000000"), out));
  EXPECT_EQ(out, (std::array<uint8_t, 2>{0x10, 0xf1}));
}

}  // namespace
}  // namespace tincan::inline v0::crypto

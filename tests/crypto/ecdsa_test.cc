#include "crypto/ecdsa.h"

#include <gtest/gtest.h>

#include "crypto/ec_key.h"
#include "crypto/signature.h"

namespace tincan::inline v0::crypto {
namespace {

/// Gives out the scalar that the key is to have.
class Scalar final : public RandomSource {
 public:
  explicit Scalar(std::string_view hex) {
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, std::string(hex).c_str());
    bytes_.resize(hex.size() / 2);
    BN_bn2binpad(number, bytes_.data(), static_cast<int>(bytes_.size()));
    BN_free(number);
  }
  void fill(MutableByteView out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  Bytes bytes_;
};

std::string numbersOf(ByteView der) {
  const uint8_t* at = der.data();
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  if (signature == nullptr || at != der.data() + der.size()) return "no signature";
  char* r = BN_bn2hex(ECDSA_SIG_get0_r(signature));
  char* s = BN_bn2hex(ECDSA_SIG_get0_s(signature));
  const std::string out = std::string(r) + " " + s;
  OPENSSL_free(r);
  OPENSSL_free(s);
  ECDSA_SIG_free(signature);
  return out;
}

struct Vector {
  const char *message, *r, *s;
};

void expectVectors(const char* curve, const char* scalar, SignatureScheme scheme, std::initializer_list<Vector> rows) {
  Scalar random(scalar);
  const PkeyPtr key = generateEcKey(curve, random);
  for (const Vector& row : rows) {
    const Bytes signature = sign(key.get(), scheme, asBytes(std::string_view(row.message)));
    EXPECT_EQ(numbersOf(signature), std::string(row.r) + " " + row.s);
    EXPECT_TRUE(verify(key.get(), scheme, asBytes(std::string_view(row.message)), signature));
  }
}

// RFC 6979 §A.2.5.
TEST(Ecdsa, SignsAsTheVectorsOfP256) {
  expectVectors("P-256", "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
                SignatureScheme::kEcdsaP256Sha256,
                {{"sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                  "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
                 {"test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
                  "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"}});
}

// RFC 6979 §A.2.6.
TEST(Ecdsa, SignsAsTheVectorsOfP384) {
  expectVectors(
      "P-384", "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
      SignatureScheme::kEcdsaP384Sha384,
      {{"sample", "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
       {"test", "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
        "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5"}});
}

TEST(Ecdsa, LibcryptoTakesWhatAnyKeySigns) {
  for (const char* curve : {"P-256", "P-384"}) {
    const bool large = std::string_view(curve) == "P-384";
    const auto scheme = large ? SignatureScheme::kEcdsaP384Sha384 : SignatureScheme::kEcdsaP256Sha256;
    SeededRandom random(3);
    for (int i = 0; i < 50; ++i) {
      const PkeyPtr key = generateEcKey(curve, random);
      Bytes message(static_cast<size_t>(i) * 7);
      random.fill(message);
      const Bytes signature = sign(key.get(), scheme, message);
      EXPECT_TRUE(verify(key.get(), scheme, message, signature)) << curve << " " << i;
      EXPECT_EQ(sign(key.get(), scheme, message), signature);
      message.push_back(0);
      EXPECT_FALSE(verify(key.get(), scheme, message, signature));
      EXPECT_NE(sign(key.get(), scheme, message), signature);
    }
  }
}

TEST(Ecdsa, RefusesKeysThatCannot) {
  SeededRandom random(4);
  const PkeyPtr p256 = generateEcKey("P-256", random), raw = generateRawKey(EVP_PKEY_ED25519, random);
  EXPECT_TRUE(signEcdsa(raw.get(), HashAlgorithm::kSha256, {}).empty());
  EXPECT_TRUE(signEcdsa(p256.get(), HashAlgorithm::kSha384, {}).empty());
  uint8_t point[65];
  size_t size = 0;
  ASSERT_EQ(EVP_PKEY_get_octet_string_param(p256.get(), "pub", point, sizeof point, &size), 1);
  const PkeyPtr open = ecPublicKey("P-256", ByteView(point, size));
  ASSERT_TRUE(open);
  EXPECT_TRUE(signEcdsa(open.get(), HashAlgorithm::kSha256, {}).empty());
}

}  // namespace
}  // namespace tincan::inline v0::crypto

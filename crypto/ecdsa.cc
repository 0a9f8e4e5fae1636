#include "crypto/ecdsa.h"

#include <algorithm>
#include <initializer_list>

#include <openssl/core_names.h>
#include <openssl/objects.h>

#include "crypto/secret.h"

namespace tincan::inline v0::crypto {
namespace {

using BnContextPtr = std::unique_ptr<BN_CTX, Deleter<BN_CTX_free>>;
using MontgomeryPtr = std::unique_ptr<BN_MONT_CTX, Deleter<BN_MONT_CTX_free>>;
using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

// RFC 6979 §3.2: HMAC_DRBG over the key and the digest. Our curves' orders are as long as the digests that go with them,
// so bits2int and int2octets neither shift nor pad (§2.3).
class NonceStream {
 public:
  NonceStream(HashAlgorithm algorithm, ByteView key, ByteView reducedDigest)
      : algorithm_(algorithm), k_(digestSize(algorithm)), v_(digestSize(algorithm)) {
    SecretBytes seed(key.size() + reducedDigest.size());
    std::copy(key.begin(), key.end(), seed.mutableView().begin());
    std::copy(reducedDigest.begin(), reducedDigest.end(), seed.mutableView().begin() + static_cast<long>(key.size()));
    std::fill_n(v_.mutableView().begin(), v_.size(), uint8_t{1});  // b; K is zeros, c
    update(0, seed.view());                                        // d, e
    update(1, seed.view());                                        // f, g
  }

  // h: the next candidate in [1, order - 1].
  BignumPtr next(const BIGNUM* order) {
    BignumPtr out(BN_secure_new());
    do {
      if (given_) update(0, {});
      given_ = true;
      stir();
      BN_bin2bn(v_.view().data(), static_cast<int>(v_.size()), out.get());
    } while (BN_is_zero(out.get()) || BN_cmp(out.get(), order) >= 0);
    return out;
  }

 private:
  void update(uint8_t tag, ByteView data) {
    assign(k_, Hmac(algorithm_, k_.view()).sign(v_.view(), ByteView(&tag, 1), data));
    stir();
  }
  void stir() { assign(v_, hmac(algorithm_, k_.view(), v_.view())); }
  static void assign(SecretBytes& out, Digest digest) {
    std::copy(digest.view().begin(), digest.view().end(), out.mutableView().begin());
    wipe(digest.mutableView());
  }

  HashAlgorithm algorithm_;
  SecretBytes k_, v_;
  bool given_ = false;
};

// What one signature computes with.
struct Signer {
  EcGroupPtr group;
  const BIGNUM* order;  // the group's
  BignumPtr key;
  BnContextPtr context{BN_CTX_secure_new()};
  MontgomeryPtr montgomery{BN_MONT_CTX_new()};

  BignumPtr product(const BIGNUM* a, const BIGNUM* b) const {
    BignumPtr out(BN_secure_new());
    BN_to_montgomery(out.get(), a, montgomery.get(), context.get());
    BN_mod_mul_montgomery(out.get(), out.get(), b, montgomery.get(), context.get());
    return out;
  }

  // Not in constant time: only of what is blinded.
  BignumPtr inverse(const BIGNUM* a) const {
    BignumPtr out(BN_secure_new());
    BN_mod_inverse(out.get(), a, order, context.get());
    return out;
  }

  // FIPS 186-4 §6.4: r is the x of nonce times the base point, null when that is 0.
  BignumPtr first(const BIGNUM* nonce) const {
    const EcPointPtr point(EC_POINT_new(group.get()));
    BignumPtr x(BN_new());
    if (EC_POINT_mul(group.get(), point.get(), nonce, nullptr, nullptr, context.get()) != 1 ||
        EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, context.get()) != 1 ||
        BN_nnmod(x.get(), x.get(), order, context.get()) != 1 || BN_is_zero(x.get())) {
      return nullptr;
    }
    return x;
  }

  // s = (digest + r key) / nonce, with both sides of the division times the blind; null when that is 0.
  BignumPtr second(const BIGNUM* r, const BIGNUM* digest, const BIGNUM* nonce, const BIGNUM* blind) const {
    const BignumPtr blindKey = product(key.get(), blind), rKey = product(blindKey.get(), r);
    const BignumPtr sum = product(digest, blind), divisor = inverse(product(nonce, blind).get());
    BN_mod_add_quick(sum.get(), sum.get(), rKey.get(), order);
    BignumPtr s = product(sum.get(), divisor.get());
    return BN_is_zero(s.get()) ? nullptr : std::move(s);
  }
};

bool prepare(Signer& out, EVP_PKEY* key, size_t digestSize) {
  char name[32] = {};
  BIGNUM* scalar = nullptr;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, nullptr) != 1 ||
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1) {
    return false;
  }
  out.key.reset(scalar);
  out.group.reset(EC_GROUP_new_by_curve_name(OBJ_sn2nid(name)));
  if (!out.group) return false;
  out.order = EC_GROUP_get0_order(out.group.get());
  return static_cast<size_t>(BN_num_bits(out.order)) == 8 * digestSize &&
         BN_MONT_CTX_set(out.montgomery.get(), out.order, out.context.get()) == 1;
}

Bytes toDer(BignumPtr r, BignumPtr s) {
  const EcdsaSigPtr signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  uint8_t* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &encoded);
  Bytes out(encoded, encoded + std::max(size, 0));
  OPENSSL_free(encoded);
  return out;
}

}  // namespace

Bytes signEcdsa(EVP_PKEY* key, HashAlgorithm algorithm, ByteView message) {
  Signer signer;
  if (!prepare(signer, key, digestSize(algorithm))) return {};
  const Digest digest = hash(algorithm, message);
  const int size = static_cast<int>(digest.size());
  const BignumPtr z(BN_bin2bn(digest.view().data(), size, nullptr));
  BN_nnmod(z.get(), z.get(), signer.order, signer.context.get());
  SecretBytes keyBytes(digest.size());
  Bytes reduced(digest.size());
  BN_bn2binpad(signer.key.get(), keyBytes.mutableView().data(), size);
  BN_bn2binpad(z.get(), reduced.data(), size);
  NonceStream nonces(algorithm, keyBytes.view(), reduced);
  // Beside the nonces, by a digest that is nobody's: it changes nothing in the result.
  std::transform(reduced.begin(), reduced.end(), reduced.begin(),
                 [](uint8_t byte) { return static_cast<uint8_t>(~byte); });
  NonceStream blinds(algorithm, keyBytes.view(), reduced);
  while (true) {
    const BignumPtr nonce = nonces.next(signer.order);
    BignumPtr r = signer.first(nonce.get());
    BignumPtr s = r ? signer.second(r.get(), z.get(), nonce.get(), blinds.next(signer.order).get()) : nullptr;
    if (s) return toDer(std::move(r), std::move(s));
  }
}

}  // namespace tincan::inline v0::crypto

#include "crypto/ec_key.h"

#include <string_view>

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include "crypto/secret.h"

namespace tincan::inline v0::crypto {
namespace {

using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;

EcGroupPtr groupByName(const char* curve) {
  return EcGroupPtr(EC_GROUP_new_by_curve_name(EC_curve_nist2nid(curve)));
}

// FIPS 186-4 §B.4.2: draw until the scalar is in [1, order - 1].
BignumPtr drawScalar(const EC_GROUP* group, RandomSource& random) {
  const BIGNUM* order = EC_GROUP_get0_order(group);
  SecretBytes bytes(static_cast<size_t>(BN_num_bytes(order)));
  BignumPtr scalar(BN_secure_new());
  do {
    random.fill(bytes.mutableView());
    BN_bin2bn(bytes.view().data(), static_cast<int>(bytes.size()), scalar.get());
  } while (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), order) >= 0);
  return scalar;
}

PkeyPtr keyFrom(const char* curve, ByteView point, const BIGNUM* scalar) {
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (scalar != nullptr) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return PkeyPtr(key);
}

}  // namespace

PkeyPtr generateEcKey(const char* curve, RandomSource& random) {
  const EcGroupPtr group = groupByName(curve);
  const BignumPtr scalar = drawScalar(group.get(), random);
  const EcPointPtr point(EC_POINT_new(group.get()));
  uint8_t encoded[133];
  EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr);
  const size_t size =
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded, sizeof encoded, nullptr);
  return keyFrom(curve, ByteView(encoded, size), scalar.get());
}

PkeyPtr ecKey(const char* curve, ByteView point, ByteView scalar) {
  const BignumPtr number(BN_secure_new());
  BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), number.get());
  return keyFrom(curve, point, number.get());
}

EcParts ecParts(const EVP_PKEY* key) {
  EcParts out;
  BIGNUM* number = nullptr;
  size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size) != 1 ||
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
    return out;
  }
  const BignumPtr scalar(number);
  out.point.resize(size);
  EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out.point.data(), size, &size);
  out.scalar = SecretBytes(static_cast<size_t>(BN_num_bytes(scalar.get())));
  BN_bn2bin(scalar.get(), out.scalar.mutableView().data());
  return out;
}

PkeyPtr generateRawKey(int type, RandomSource& random) {
  SecretBytes bytes(32);
  random.fill(bytes.mutableView());
  return PkeyPtr(EVP_PKEY_new_raw_private_key(type, nullptr, bytes.view().data(), bytes.size()));
}

PkeyPtr ecPublicKey(const char* curve, ByteView point) {
  return keyFrom(curve, point, nullptr);
}

}  // namespace tincan::inline v0::crypto

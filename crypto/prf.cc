#include "crypto/prf.h"

#include <algorithm>

namespace tincan::inline v0::crypto {

//     A(0) = label + seed, A(i) = HMAC(secret, A(i-1)),  P_hash = HMAC(secret, A(1) + A(0)) + HMAC(secret, A(2) + A(0))
//     + …
SecretBytes tls12Prf(HashAlgorithm algorithm, ByteView secret, std::string_view label, ByteView seed, ByteView seedTail,
                     size_t size) {
  const Hmac mac(algorithm, secret);
  const Bytes input = ByteBuilder().bytes(asBytes(label)).bytes(seed).bytes(seedTail).take();
  SecretBytes out(size);
  MutableByteView left = out.mutableView();
  Digest a = mac.sign(input);
  while (!left.empty()) {
    Digest block = mac.sign(a.view(), input);
    const size_t taken = std::min(left.size(), block.size());
    std::copy_n(block.view().begin(), taken, left.begin());
    left = left.subspan(taken);
    a = mac.sign(a.view());
    wipe(block.mutableView());
  }
  wipe(a.mutableView());
  return out;
}

SecretBytes hkdfExtract(HashAlgorithm algorithm, ByteView salt, ByteView inputKey) {
  Digest digest = hmac(algorithm, salt, inputKey);
  SecretBytes out(digest.view());
  wipe(digest.mutableView());
  return out;
}

//     T(0) = "", T(i) = HMAC(key, T(i-1) + info + i),  output = T(1) + T(2) + …
SecretBytes hkdfExpand(HashAlgorithm algorithm, ByteView key, ByteView info, size_t size) {
  const Hmac mac(algorithm, key);
  SecretBytes out(size);
  MutableByteView left = out.mutableView();
  Digest t;
  for (uint8_t i = 1; !left.empty(); ++i) {
    t = mac.sign(t.view(), info, ByteView(&i, 1));
    const size_t taken = std::min(left.size(), t.size());
    std::copy_n(t.view().begin(), taken, left.begin());
    left = left.subspan(taken);
  }
  wipe(t.mutableView());
  return out;
}

SecretBytes hkdfExpandLabel(HashAlgorithm algorithm, ByteView secret, std::string_view label, ByteView context,
                            size_t size) {
  ByteBuilder info;
  info.u16(static_cast<uint16_t>(size));
  info.prefixed(1, [&] { info.bytes(asBytes("dtls13")).bytes(asBytes(label)); });
  info.prefixed(1, [&] { info.bytes(context); });
  return hkdfExpand(algorithm, secret, info.view(), size);
}

}  // namespace tincan::inline v0::crypto

#include "dtls/handshake/cookie_exchange.h"

#include <string_view>

#include "crypto/hash.h"

namespace tincan::inline v0::dtls {
namespace {

constexpr size_t kSecretSize = 32;
constexpr size_t kMacSize = 32;
constexpr auto kHash = crypto::HashAlgorithm::kSha256;

Bytes mac(const crypto::SecretBytes& secret, std::string_view label, ByteView rest) {
  const Bytes text = ByteBuilder().bytes(asBytes(label)).bytes(rest).take();
  return toBytes(crypto::hmac(kHash, secret.view(), text).view());
}

}  // namespace

CookieExchange::CookieExchange(RandomSource& random) {
  Bytes secret(kSecretSize);
  random.fill(secret);
  secret_ = crypto::SecretBytes(secret);
}

Bytes CookieExchange::make12() const {
  return mac(secret_, "1.2", {});
}

bool CookieExchange::isValid12(const ClientHello& hello) const {
  return crypto::equalConstantTime(make12(), hello.cookie);
}

Bytes CookieExchange::mac13(const ClientHello& hello, const Retried& retried) const {
  ClientHello same = hello;
  // RFC 8446 §4.1.2: where a share of another group was asked for, it takes the place of those of the first hello.
  if (retried.group != 0) same.keyShares.reset();
  same.cookie13.clear();
  const Bytes rest = same.serialize();  // of what we read: all else may change
  ByteBuilder text;
  text.u16(retried.suite).u16(retried.group).prefixed(1, [&] { text.bytes(retried.helloHash); });
  return mac(secret_, "1.3", text.bytes(rest).view());
}

Bytes CookieExchange::make13(const ClientHello& hello, const Retried& retried) const {
  ByteBuilder out;
  out.u16(retried.suite).u16(retried.group).bytes(mac13(hello, retried)).bytes(retried.helloHash);
  return out.take();
}

std::optional<Retried> CookieExchange::open13(const ClientHello& hello) const {
  ByteReader reader(hello.cookie13);
  Retried out;
  out.suite = reader.u16();
  out.group = reader.u16();
  const ByteView mac = reader.view(kMacSize);
  out.helloHash = toBytes(reader.rest());
  if (!reader.ok() || out.helloHash.size() > crypto::kMaxDigestSize) return std::nullopt;
  if (!crypto::equalConstantTime(mac13(hello, out), mac)) return std::nullopt;
  return out;
}

}  // namespace tincan::inline v0::dtls

#include "sctp/socket/state_cookie.h"

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kMacSize = 32;

uint32_t toBits(const Capabilities& c) {
  return uint32_t{c.partialReliability} | uint32_t{c.reconfig} << 1 | uint32_t{c.interleaving} << 2 |
         uint32_t{c.zeroChecksum} << 3;
}

Capabilities fromBits(uint32_t bits) {
  return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
}

}  // namespace

CookieJar::CookieJar(RandomSource& random) : key_(kMacSize) {
  random.fill(key_.mutableView());
}

crypto::Digest CookieJar::mac(ByteView body) const {
  return crypto::hmac(crypto::HashAlgorithm::kSha256, key_.view(), body);
}

Bytes CookieJar::seal(const StateCookie& cookie) const {
  ByteBuilder out;
  out.u64(static_cast<uint64_t>(cookie.created.micros())).u32(cookie.localTag).u32(cookie.localTsn);
  out.u32(cookie.remote.tag).u32(cookie.remote.window);
  out.u16(cookie.remote.outboundStreams).u16(cookie.remote.inboundStreams).u32(cookie.remote.initialTsn);
  out.u32(toBits(cookie.remote.capabilities)).u32(cookie.tieLocal).u32(cookie.tieRemote);
  out.bytes(mac(out.view()).view());
  return out.take();
}

std::optional<StateCookie> CookieJar::open(ByteView bytes) const {
  if (bytes.size() != kSize) return std::nullopt;
  const ByteView body = bytes.first(kSize - kMacSize);
  if (!crypto::equalConstantTime(mac(body).view(), bytes.last(kMacSize))) return std::nullopt;
  ByteReader reader(body);
  StateCookie cookie;
  cookie.created = TimePoint::fromMicros(static_cast<int64_t>(reader.u64()));
  cookie.localTag = reader.u32();
  cookie.localTsn = reader.u32();
  cookie.remote.tag = reader.u32();
  cookie.remote.window = reader.u32();
  cookie.remote.outboundStreams = reader.u16();
  cookie.remote.inboundStreams = reader.u16();
  cookie.remote.initialTsn = reader.u32();
  cookie.remote.capabilities = fromBits(reader.u32());
  cookie.tieLocal = reader.u32();
  cookie.tieRemote = reader.u32();
  return cookie;
}

}  // namespace tincan::inline v0::sctp

#pragma once

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "sctp/chunk/init.h"

namespace tincan::inline v0::sctp {

/// What is remembered of an INIT until the peer gives it back (RFC 9260 §5.1.3): all of the association-to-be, so that an
/// INIT costs no memory.
struct StateCookie {
  TimePoint created{};
  uint32_t localTag = 0;
  uint32_t localTsn = 0;
  InitChunk remote{};  ///< of the peer's INIT: tag, window, streams, TSN, capabilities
  // RFC 9260 §5.2.2: the tags of the association that stood when the INIT came; zero when none did.
  uint32_t tieLocal = 0;
  uint32_t tieRemote = 0;
};

/// Makes cookies and judges those that come back: HMAC-SHA-256 under a key of the association's own.
///
///      0                   1                   2                   3
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |              time made, 64 bits of microseconds               |
///     |       local tag                  local initial TSN            |
///     |       remote tag                 remote a_rwnd                |
///     | remote outbound, inbound streams     remote initial TSN       |
///     |  remote capabilities             tie tag, local               |
///     |       tie tag, remote                                         |
///     |                    HMAC-SHA-256, 32 bytes                     |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
class CookieJar {
 public:
  static constexpr size_t kSize = 76;
  static constexpr Duration kLifetime = Duration::seconds(60);  // RFC 9260 §16: Valid.Cookie.Life

  explicit CookieJar(RandomSource& random);

  Bytes seal(const StateCookie& cookie) const;
  /// Nothing when it is none of ours. Whether it is too old is for the caller to ask.
  std::optional<StateCookie> open(ByteView bytes) const;
  static bool isStale(const StateCookie& cookie, TimePoint now) { return now - cookie.created > kLifetime; }

 private:
  crypto::Digest mac(ByteView body) const;

  crypto::SecretBytes key_;  // alone: libcrypto's context over it is half a KiB, and made for each of the few
};

}  // namespace tincan::inline v0::sctp

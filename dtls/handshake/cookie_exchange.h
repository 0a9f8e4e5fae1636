#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "dtls/handshake/client_hello.h"

namespace tincan::inline v0::dtls {

/// What a server of DTLS 1.3 must know of its HelloRetryRequest when the second hello comes.
struct Retried {
  uint16_t suite = 0;
  uint16_t group = 0;  ///< that it asked a share of; 0: none
  Bytes helloHash;     ///< of the first ClientHello, by the suite's hash
};

/// Lets a server answer first hellos without keeping anything of them: what it must know later goes to the client and
/// back, in a cookie that nobody else can make (RFC 6347 §4.2.1, RFC 9147 §5.1). A hello that is not our peer's is
/// answered like any other, and leaves nothing behind that could stand in the peer's way. Owned by the Connection.
///
///     1.2: mac(32)                                           1.3: suite(2) group(2) mac(32) hash of the first hello
///
/// In 1.3 the mac is over all of that, and over what the second hello must repeat of the first (RFC 8446 §4.1.2): a cookie
/// is of no use in another client's hello. In 1.2, where no transcript has the first hello, one cookie is good for all of
/// them: a client that is given the answer to another one's hello first goes on with it.
class CookieExchange {
 public:
  explicit CookieExchange(RandomSource& random);

  Bytes make12() const;
  bool isValid12(const ClientHello& hello) const;
  Bytes make13(const ClientHello& hello, const Retried& retried) const;
  /// Nothing when the hello's cookie is not one of ours for it.
  std::optional<Retried> open13(const ClientHello& hello) const;

 private:
  Bytes mac13(const ClientHello& hello, const Retried& retried) const;

  crypto::SecretBytes secret_;
};

}  // namespace tincan::inline v0::dtls

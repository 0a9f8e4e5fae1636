#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dtls/config.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/cookie_exchange.h"
#include "dtls/handshake/handshake.h"
#include "dtls/link.h"

namespace tincan::inline v0::dtls {

/// A server before there is a handshake: which hello begins one, and of which version. Anyone can send a hello, and
/// ours may still come: one that begins none is counted, and nothing is kept of it. Owned by the Handshaker.
class ServerOpening {
 public:
  /// Both outlive it.
  ServerOpening(const Config& config, Link& link) : config_(config), link_(link) {}

  /// First hellos are answered and forgotten from now on (RFC 9147 §5.1, RFC 6347 §4.2.1), until settle().
  void askForCookies();
  /// The handshake that takes this message, of the highest version that both speak; null where it begins none.
  std::unique_ptr<Handshake> begin(const HandshakeMessage& message);
  /// The handshake has taken the hello with this message_seq: no other one is awaited.
  void settle(uint16_t sequence);
  /// A hello begins nothing: its message_seq is awaited again.
  void refuse(const Status& status);
  /// Why the last of those was refused; empty when none was.
  const std::string& refusal() const { return refusal_; }

 private:
  Status judge(const HandshakeMessage& message, ClientHello& hello) const;
  bool isOf13(const ClientHello& hello) const {
    return config_.maxVersion == Version::kDtls13 && hello.offers(Version::kDtls13);
  }
  void answerFirst(const HandshakeMessage& message, const ClientHello& hello, bool dtls13);
  bool passesCookie(const HandshakeMessage& message, const ClientHello& hello, std::optional<Retried>& retried);

  const Config& config_;
  Link& link_;
  std::optional<CookieExchange> cookies_;  // with Config::cookieExchange
  std::string refusal_;
};

}  // namespace tincan::inline v0::dtls

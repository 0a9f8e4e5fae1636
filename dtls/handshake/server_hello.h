#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// RFC 5246 §7.4.1.3, RFC 8446 §4.1.3: one format for both versions, and for HelloRetryRequest.
///
///     server_version(2) random(32) session_id<0..32> cipher_suite(2) compression_method(1) extensions<0..2^16-1>
struct ServerHello {
  uint16_t legacyVersion = 0xFEFD;
  Random random{};
  Bytes sessionId;
  uint16_t cipherSuite = 0;
  uint8_t compression = 0;

  bool secureRenegotiation = false;
  bool extendedMasterSecret = false;
  bool pointFormats = false;
  std::optional<uint16_t> srtpProfile;
  std::optional<uint16_t> version;       ///< supported_versions: 1.3
  std::optional<KeyShare> keyShare;      ///< in a HelloRetryRequest without a key
  Bytes cookie;                          ///< HelloRetryRequest
  std::vector<uint16_t> extensionTypes;  ///< all that came, in order

  static Status parse(ByteView body, ServerHello& out);
  Bytes serialize() const;

  /// RFC 8446 §4.1.3: told by its random value.
  bool isRetryRequest() const;

 private:
  Status takeExtension(uint16_t type, ByteView data);
};

/// SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3).
extern const Random kRetryRequestRandom;
/// The last eight bytes of a server's random when it could have spoken 1.3 and the client did not ask for it (RFC 8446
/// §4.1.3).
extern const std::array<uint8_t, 8> kDowngradeSentinel;
bool isDowngraded(const Random& serverRandom);

}  // namespace tincan::inline v0::dtls

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dtls/config.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

struct KeyShare {
  uint16_t group = 0;
  Bytes key;
};

/// RFC 6347 §4.2.1, RFC 9147 §5.3: one format for both versions.
///
///     client_version(2) random(32) session_id<0..32> cookie<0..255> cipher_suites<2..2^16-2>
///     compression_methods<1..255> extensions<0..2^16-1>
///
/// Extensions and numbers that we do not know are read over: browsers put random ones in (GREASE, RFC 8701).
struct ClientHello {
  uint16_t legacyVersion = 0xFEFD;
  Random random{};
  Bytes sessionId;
  Bytes cookie;
  std::vector<uint16_t> cipherSuites;
  Bytes compressions = {0};

  bool secureRenegotiation = false;  ///< the extension, empty, or the signalling suite (RFC 5746 §3.3)
  bool extendedMasterSecret = false;
  bool pointFormats = false;
  std::vector<uint16_t> groups;
  std::vector<uint16_t> signatureSchemes;
  std::vector<uint16_t> srtpProfiles;
  std::vector<uint16_t> versions;
  std::optional<std::vector<KeyShare>> keyShares;
  Bytes cookie13;

  static Status parse(ByteView body, ClientHello& out);
  Bytes serialize() const;

  /// By supported_versions if it is there, else by client_version (RFC 8446 §4.2.1).
  bool offers(Version version) const;

 private:
  Status takeExtension(uint16_t type, ByteView data);
};

/// RFC 5746 §3.3: says what an empty renegotiation_info says.
constexpr uint16_t kSignallingSuite = 0x00FF;

}  // namespace tincan::inline v0::dtls

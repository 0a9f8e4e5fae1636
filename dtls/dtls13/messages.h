#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dtls/config.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls::dtls13 {

/// RFC 8446 §4.3.1: extensions<0..2^16-1>, of which use_srtp (RFC 5764 §4.1) says something here.
struct EncryptedExtensions {
  std::optional<uint16_t> srtpProfile;
  /// `offeredSrtp`: whether our ClientHello had use_srtp.
  static Status parse(ByteView body, bool offeredSrtp, EncryptedExtensions& out);
  Bytes serialize() const;
};

/// RFC 8446 §4.3.2: certificate_request_context<0..2^8-1> extensions<2..2^16-1>, with signature_algorithms among them.
struct CertificateRequest {
  Bytes context;
  std::vector<uint16_t> schemes;
  static Status parse(ByteView body, CertificateRequest& out);
  Bytes serialize() const;
};

/// RFC 8446 §4.4.2: certificate_request_context<0..2^8-1> certificate_list<0..2^24-1> of
///
///     cert_data<1..2^24-1> extensions<0..2^16-1>
///
/// the sender's own first. Extensions would answer such as we never ask for.
struct CertificateList {
  Bytes context;
  std::vector<Bytes> certificates;
  static Status parse(ByteView body, CertificateList& out);
  Bytes serialize() const;
};

/// RFC 8446 §4.6.3: request_update(1), 0 or 1.
struct KeyUpdateMessage {
  bool requested = false;
  static Status parse(ByteView body, KeyUpdateMessage& out);
  Bytes serialize() const;
};

/// What a CertificateVerify signs (RFC 8446 §4.4.3): 64 spaces, a line that says who signs, a zero, the transcript.
Bytes signedContent(Role signer, ByteView transcript);

}  // namespace tincan::inline v0::dtls::dtls13

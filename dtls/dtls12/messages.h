#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "dtls/handshake/certificate_verify.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls::dtls12 {

/// RFC 6347 §4.2.1: server_version(2) cookie<0..2^8-1>
struct HelloVerifyRequest {
  Bytes cookie;
  static Status parse(ByteView body, HelloVerifyRequest& out);
  Bytes serialize() const;
};

/// RFC 5246 §7.4.2: certificate_list<0..2^24-1> of certificate<1..2^24-1>, the sender's own first.
struct CertificateList {
  std::vector<Bytes> certificates;
  static Status parse(ByteView body, CertificateList& out);
  Bytes serialize() const;
};

/// RFC 8422 §5.4: curve_type(1) = named_curve, group(2), point<1..2^8-1>, then scheme(2), signature<0..2^16-1>.
struct ServerKeyExchange {
  uint16_t group = 0;
  Bytes point;
  uint16_t scheme = 0;
  Bytes signature;
  static Status parse(ByteView body, ServerKeyExchange& out);
  Bytes serialize() const;
  /// The part that is signed, behind both randoms.
  Bytes parameters() const;
};

/// RFC 5246 §7.4.4: certificate_types<1..2^8-1> schemes<2..2^16-2> authorities<0..2^16-1>. Names of authorities mean
/// nothing here.
struct CertificateRequest {
  Bytes types;
  std::vector<uint16_t> schemes;
  static Status parse(ByteView body, CertificateRequest& out);
  Bytes serialize() const;
};

/// RFC 8422 §5.7: point<1..2^8-1>.
struct ClientKeyExchange {
  Bytes point;
  static Status parse(ByteView body, ClientKeyExchange& out);
  Bytes serialize() const;
};

using dtls::CertificateVerify;

}  // namespace tincan::inline v0::dtls::dtls12

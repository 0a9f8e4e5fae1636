#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// RFC 5246 §7.4.8, RFC 8446 §4.4.3: scheme(2) signature<0..2^16-1>.
struct CertificateVerify {
  uint16_t scheme = 0;
  Bytes signature;

  static Status parse(ByteView body, CertificateVerify& out) {
    ByteReader reader(body);
    out.scheme = reader.u16();
    out.signature = toBytes(reader.prefixed16());
    if (reader.ok() && reader.atEnd()) return Status::success();
    return Status::failure(AlertDescription::kDecodeError, "malformed CertificateVerify");
  }

  Bytes serialize() const {
    ByteBuilder out;
    out.u16(scheme);
    out.prefixed(2, [&] { out.bytes(signature); });
    return out.take();
  }
};

}  // namespace tincan::inline v0::dtls

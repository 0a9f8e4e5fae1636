#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// RFC 6347 §4.2.2:
///
///     msg_type(1) length(3) message_seq(2) fragment_offset(3) fragment_length(3) body[fragment_length]
constexpr size_t kHandshakeHeaderSize = 12;
constexpr size_t kMaxHandshakeMessage = 65536;

struct FragmentHeader {
  HandshakeType type = HandshakeType::kHelloRequest;
  uint32_t length = 0;
  uint16_t sequence = 0;
  uint32_t offset = 0;
  uint32_t fragmentLength = 0;

  static FragmentHeader read(ByteReader& reader) {
    FragmentHeader out;
    out.type = static_cast<HandshakeType>(reader.u8());
    out.length = reader.u24();
    out.sequence = reader.u16();
    out.offset = reader.u24();
    out.fragmentLength = reader.u24();
    return out;
  }
  template <class Writer>
  void write(Writer& out) const {
    out.u8(static_cast<uint8_t>(type));
    out.u24(length);
    out.u16(sequence);
    out.u24(offset);
    out.u24(fragmentLength);
  }
};

/// A whole handshake message; `epoch` says under which keys it came.
struct HandshakeMessage {
  HandshakeType type = HandshakeType::kHelloRequest;
  uint16_t sequence = 0;
  uint64_t epoch = 0;
  Bytes body;

  /// As transcripts of DTLS 1.2 have it: as if it came in one fragment (RFC 6347 §4.2.6).
  Bytes transcript12() const {
    ByteBuilder out;
    const auto size = static_cast<uint32_t>(body.size());
    FragmentHeader{type, size, sequence, 0, size}.write(out);
    return out.bytes(body).take();
  }
};

}  // namespace tincan::inline v0::dtls

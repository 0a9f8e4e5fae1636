#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// One extension as it lies in the message (RFC 8446 §4.2): extension_type(2) extension_data<0..2^16-1>.
struct Extension {
  uint16_t type = 0;
  ByteView data;
  bool is(ExtensionType which) const { return type == static_cast<uint16_t>(which); }
};

/// Reads an extension block, which must be all that is left; a hello of DTLS 1.2 may end without one. Fails on bytes
/// that do not fit, and on an extension that comes twice (RFC 8446 §4.2).
Status readExtensions(ByteReader& reader, std::vector<Extension>& out);

/// A vector of 16-bit numbers behind a length of 16 bits that fills `data`; false when it is empty, odd, or not all.
bool readNumbers16(ByteView data, std::vector<uint16_t>& out);

/// The list of RFC 5764 §4.1.1: SRTPProtectionProfiles<2..2^16-1> srtp_mki<0..255>. A key identifier is read over: we
/// use none.
bool readUseSrtp(ByteView data, std::vector<uint16_t>& profiles, bool& hasMki);

template <class Body>
void writeExtension(ByteBuilder& out, ExtensionType type, Body&& body) {
  out.u16(static_cast<uint16_t>(type));
  out.prefixed(2, body);
}

}  // namespace tincan::inline v0::dtls

#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/srtp_profile.h"
#include "dtls/connection.h"

namespace tincan::inline v0::stack {

/// A DTLS association that is made beside the one in force. A browser whose BUNDLE-tagged section stops goes on over
/// another transport, with the credentials and the fingerprint that it had, and shakes hands anew there; every other
/// stack stays where it is, and answers nothing. Both look the same in the descriptions. Owned by Transport.
struct DtlsRenewal {
  dtls::Role role = dtls::Role::kClient;  ///< ours in it: as the answer says, which may be another one than before
  std::vector<crypto::Fingerprint> fingerprints;
  TimePoint until = TimePoint::never();    ///< nobody has answered by then: nobody moved
  std::unique_ptr<dtls::Connection> dtls;  ///< null before there is a pair to send on
  std::optional<Route> route;              ///< that the handshake began on
  bool heard = false;                      ///< the peer takes part in it
  std::optional<crypto::SrtpKeys> keys;
  Bytes
      abort;  ///< of SCTP, by a peer that left: the end of the association, and not of its channels when it comes back

  /// RFC 9260 §3.3.7: the ABORT chunk stands first, behind the common header.
  static bool isAbort(ByteView sctpPacket) { return sctpPacket.size() > 12 && sctpPacket[12] == 6; }
  /// A record in plaintext, which an association that stands has no use for: of this handshake.
  static bool isOfHandshake(ByteView packet) {
    // RFC 6347 §4.1 and RFC 9147 §4: content type, version, then the epoch, which is 0 before there are keys.
    return packet.size() >= 13 && packet[0] >= 20 && packet[0] <= 26 && packet[3] == 0 && packet[4] == 0;
  }
};

}  // namespace tincan::inline v0::stack

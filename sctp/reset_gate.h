#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace tincan::sctp {

/// Keeps a stream reset request of the peer back until all data that was sent before it has come in.
///
/// usrsctp 0.9.5 answers a request that is too early with "in progress" (RFC 6525 §5.2.2), and then performs it only when
/// one more DATA chunk comes after the gap is closed: when nothing more is to be sent, never, and the peer aborts. Told
/// late, it performs it at once. Owned by the association, which shows it every packet.
class ResetGate {
 public:
  /// An outgoing packet: its SACK says how far the peer's data has come in.
  void sent(ByteView packet);
  /// An incoming packet. When it holds a request that is too early, what is left of the packet without it; the checksum
  /// of that is not right any more. Else nothing: the packet is to be taken as it is.
  std::optional<Bytes> received(ByteView packet);
  /// While a request is kept back: a packet that has a SACK sent at once, as a duplicate does (RFC 9260 §6.2), so that no
  /// delayed one keeps the peer waiting whose data is all here. Its checksum is zero.
  std::optional<Bytes> prompt() const;
  /// The request that was kept back, as a packet of its own, once it is due.
  std::optional<Bytes> due();

 private:
  bool isEarly(uint32_t tsn) const;

  std::optional<uint32_t> acknowledged_;  // the peer's last TSN up to which we have all, as our SACKs say
  Bytes held_;                            // a whole packet; a peer has one request under way
  uint32_t heldTsn_ = 0;
};

}  // namespace tincan::sctp

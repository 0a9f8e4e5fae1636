#pragma once

#include <memory>
#include <optional>

#include "dtls/config.h"
#include "dtls/handshake/handshake.h"
#include "dtls/link.h"
#include "dtls/peer_identity.h"
#include "dtls/server_opening.h"

namespace tincan::inline v0::dtls {
namespace dtls13 {
class Client;
}

/// Takes the records of the handshake from the first hello on: has their messages put together, settles on a version, and
/// gives each message to that version's Handshake. What came in the clear and is refused was not the peer's, perhaps, and is
/// passed over; what fails under keys ends the connection. Owned by the Connection.
///
///     records ─► Reassembly ─► message ─┬─► no handshake yet: ServerOpening ─► Handshake of 1.2 or 1.3
///                                       ├─► a client of both, answered in 1.2: dtls12::Client takes the hello over
///                                       └─► Handshake::handle ─┬─► taken
///                                                              ├─► refused, in the clear: passed over, awaited again
///                                                              └─► refused, under keys: over
class Handshaker {
 public:
  /// All three outlive it.
  Handshaker(const Config& config, Link& link, const PeerIdentity& peer)
      : config_(config), link_(link), peer_(peer), opening_(config, link) {}

  /// Clients send their hello.
  Status start(TimePoint now);
  /// The fragments of one record; fails when nobody but the peer can have sent it, and it cannot be read.
  Status takeRecord(TimePoint now, const Record& record);
  /// The next message that is whole, taken or passed over; nothing when there is none.
  std::optional<Status> takeMessage(TimePoint now);
  /// Something in the clear that would be the end if it came from the peer: it is counted and dropped, and the first of
  /// its kind is what the time-out tells.
  void passOver(const Status& status);
  /// What a handshake that took too long has come to.
  Status timedOut() const;

  /// Null before a server's first hello.
  Handshake* handshake() { return handshake_.get(); }
  const Handshake* handshake() const { return handshake_.get(); }

 private:
  Status take(TimePoint now, const HandshakeMessage& message);
  Status takeAnswerOf12(TimePoint now, const HandshakeMessage& message);
  Status refused(const HandshakeMessage& message, const Status& status);
  void noteOld(TimePoint now, const Record& record, const FragmentHeader& header, ByteView fragment);
  void drop() { ++link_.stats().recordsDropped; }

  const Config& config_;
  Link& link_;
  const PeerIdentity& peer_;
  ServerOpening opening_;
  std::unique_ptr<Handshake> handshake_;
  dtls13::Client* offering_ = nullptr;  // handshake_, while the server may still choose 1.2
  std::optional<Status> passedOver_;    // the first of them
};

}  // namespace tincan::inline v0::dtls

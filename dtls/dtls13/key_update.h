#pragma once

#include "base/time.h"
#include "crypto/secret.h"
#include "dtls/dtls13/key_schedule.h"
#include "dtls/handshake/message.h"
#include "dtls/link.h"

namespace tincan::inline v0::dtls::dtls13 {

/// The application traffic keys of both directions, and their replacement by KeyUpdate (RFC 9147 §8). Owned by the
/// handshake.
///
///     ours:    KeyUpdate in epoch N ──► ACK ──► we write in N+1
///     theirs:  KeyUpdate in epoch N ──► we read N+1 too ──► a record of N+1 ──► a while later N is forgotten
///
/// Invariants: one KeyUpdate of ours is in the air at most, and none beside another flight; at most two epochs are
/// read.
class KeyUpdate {
 public:
  explicit KeyUpdate(Link& link) : link_(link) {}

  /// Secrets of epoch 3, whose keys the link has already.
  void begin(const CipherSuite& suite, crypto::SecretBytes reading, crypto::SecretBytes writing);

  /// Starts ours, or remembers to; `peerToo` asks for the peer's.
  void request(TimePoint now, bool peerToo);
  /// All of our flight is acknowledged.
  void flightAcknowledged(TimePoint now);
  /// The peer's; an alert when it may not.
  Status handle(TimePoint now, const HandshakeMessage& message);
  void noteRecord(TimePoint now, uint64_t epoch);
  void noteApplicationData() { withoutData_ = 0; }

  void forgetKeys() { reading_ = writing_ = crypto::SecretBytes(); }

  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const { return forgetAt_; }

 private:
  void send(TimePoint now);

  Link& link_;
  const CipherSuite* suite_ = nullptr;
  crypto::SecretBytes reading_, writing_;
  uint64_t readEpoch_ = 3, writeEpoch_ = 3;
  bool inFlight_ = false;
  bool wanted_ = false;  // behind the flight that is in the air
  bool peerToo_ = false;
  int withoutData_ = 0;
  TimePoint forgetAt_ = TimePoint::never();
};

}  // namespace tincan::inline v0::dtls::dtls13

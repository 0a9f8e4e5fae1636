#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/ring.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/multi_buffer.h"
#include "dtls/connection.h"
#include "ice/agent.h"
#include "stack/configuration.h"
#include "stack/departures.h"
#include "stack/transport_counters.h"

namespace tincan::inline v0::stack {

/// What a transport has of DTLS: the association in force, when it starts, what waits for a pair to go over, and what of
/// its flights rides on ICE's checks. What follows from its events is the Transport's, which owns it.
///
///     agree ─► a pair, a hello that was faster, or checks that carry ─► started ─► renew, or adopt: the next association
class DtlsPath {
 public:
  struct Settings {
    SecuritySettings security;
    const crypto::Identity& identity;
    crypto::MultiBuffer* engine = nullptr;  ///< as dtls::Config has it
  };
  /// All that it refers to outlives it.
  DtlsPath(Settings settings, RandomSource& random, PacketPool& pool, ice::Agent& ice, Departures& out,
           TransportCounters& counters)
      : settings_(std::move(settings)), random_(random), pool_(pool), ice_(ice), out_(out), counters_(counters) {}

  /// Null before the role is known.
  dtls::Connection* connection() { return connection_.get(); }
  const dtls::Connection* connection() const { return connection_.get(); }
  dtls::State state() const { return connection_ ? connection_->state() : dtls::State::kNew; }
  dtls::Role role() const { return role_; }
  /// Of the peer's certificate, which the associations to come are held against.
  void expectPeer(std::vector<crypto::Fingerprint> fingerprints) { fingerprints_ = std::move(fingerprints); }

  /// The role counts the first time; the fingerprints are those of the newest description.
  void agree(dtls::Role role, std::vector<crypto::Fingerprint> remote);
  void startWhenReady(TimePoint now);
  void start(TimePoint now);

  /// One that is not in force, and has what the checks know of the path.
  std::unique_ptr<dtls::Connection> make(dtls::Role role, Duration timeout) const;
  /// A new one is in force, which has yet to start.
  void renew(dtls::Role role, Duration timeout);
  /// One that was made, and started, beside it is in force.
  void adopt(dtls::Role role, std::unique_ptr<dtls::Connection> connection);
  /// What came, or waits, is of a peer that is gone.
  void forgetWaiting();

  /// What comes before the start is kept, a few datagrams of it.
  void receive(TimePoint now, PacketBuffer packet);
  /// Gives what waits to leave to the departures, or, of a handshake, to the checks as well; true when there was something.
  /// Not before there is an association.
  bool send(TimePoint now);
  /// The checks have measured what the handshake's timer would have to guess.
  void noteRoundTrip();
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;

 private:
  bool timerRuns() const;
  void carry(const PacketBuffer& datagram);

  const Settings settings_;
  RandomSource& random_;
  PacketPool& pool_;
  ice::Agent& ice_;
  Departures& out_;
  TransportCounters& counters_;
  std::unique_ptr<dtls::Connection> connection_;
  dtls::Role role_ = dtls::Role::kServer;
  std::vector<crypto::Fingerprint> fingerprints_;
  bool started_ = false;
  bool roundTripTold_ = false;
  uint64_t flightsCarried_ = 0;       // its count of flights when the last one was given to the checks
  Ring<PacketBuffer> early_;          // came before the start
  Ring<PacketBuffer> waitingFlight_;  // before ICE has a pair to send on
  Ring<PacketBuffer> waitingData_;    // and behind it
};

}  // namespace tincan::inline v0::stack

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/queue.h"
#include "dtls/connection.h"
#include "dtls/handshaker.h"
#include "dtls/link.h"
#include "dtls/peer_identity.h"

namespace tincan::inline v0::dtls {

/// What a Connection is made of: the Link, the Handshaker, and what is known of the peer's certificate. It gives each record
/// that comes to the one it is for, and tells the owner what happened.
class Connection::Impl {
 public:
  Impl(Config config, RandomSource& random, PacketPool& pool);

  void setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints);
  void start(TimePoint now);
  void receive(TimePoint now, PacketBuffer datagram);
  void handleTimeout(TimePoint now);
  void setRoundTripTime(Duration rtt) { link_.setRoundTripTime(rtt); }
  TimePoint nextTimeout() const;
  bool pollTransmit(PacketBuffer& out) { return link_.pollTransmit(out); }
  std::optional<Event> pollEvent();
  Result<void> send(TimePoint now, ByteView data, bool early);
  Result<void> send(TimePoint now, PacketBuffer data, bool early);
  bool takesEarlyData() const { return state_ == State::kConnecting && handshake() && handshake()->maySendEarly(); }
  Result<void> updateKeys(TimePoint now, bool peerToo);
  void close();
  Result<crypto::SecretBytes> exportKeyingMaterial(std::string_view label, size_t size) const;

  State state() const { return state_; }
  const Negotiated* negotiated() const { return handshake() ? &handshake()->negotiated() : nullptr; }
  const std::string& keyLog() const { return handshake() ? handshake()->keyLog() : noLog_; }
  const Stats& stats() const { return link_.stats(); }
  /// The peer has spoken under keys of this handshake.
  bool isProven() const { return proven_; }
  /// A hello of somebody else's; counted here, and not taken.
  void noteForeignHello(size_t size);
  /// Takes the place of one that was not the peer's: its counters, its events that wait, its time-out.
  void succeed(Impl& other);

 private:
  Handshake* handshake() { return handshaker_.handshake(); }
  const Handshake* handshake() const { return handshaker_.handshake(); }
  bool isOpen() const { return state_ == State::kConnecting || state_ == State::kConnected; }
  void process(TimePoint now, PacketBuffer datagram);
  void releaseEarly(TimePoint now);
  void onRecord(TimePoint now, const Record& record, PacketBuffer& datagram, bool last);
  Status checkContent(const Record& record) const;
  void onHandshakeRecord(TimePoint now, const Record& record);
  void onAlert(const Record& record);
  void onAck(TimePoint now, const Record& record);
  void onApplicationData(TimePoint now, const Record& record, PacketBuffer& datagram, bool last);
  void checkFingerprint();
  Result<void> mayWrite(TimePoint now, bool early);
  void completeIfDone();
  void drop() { ++link_.stats().recordsDropped; }
  void fail(const Status& status);
  void enter(State next);
  void emit(Event event);

  Config config_;
  Link link_;
  PeerIdentity peer_;
  Handshaker handshaker_;
  State state_ = State::kNew;
  bool proven_ = false;
  bool announced_ = false;  // handshake complete, plaintext refused
  TimePoint deadline_ = TimePoint::never();
  std::string noLog_;
  std::vector<PacketBuffer> early_;        // records whose keys we do not have yet
  std::vector<PacketBuffer> undelivered_;  // application data from before we are connected
  Queue<Event> events_;
};

}  // namespace tincan::inline v0::dtls

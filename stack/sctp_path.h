#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/time.h"
#include "dtls/connection.h"
#include "ice/agent.h"
#include "sctp/data_channels.h"
#include "stack/transport_counters.h"

namespace tincan::inline v0::stack {

/// What a transport has of SCTP: the association, when it begins, restarts and ends with the DTLS below it, and what it
/// is told of the path. Owned by the Transport, which knows what DTLS and ICE have come to.
///
///     create ─► DTLS carries data ─► started ─► DTLS has connected ─► proven ─► DTLS anew: restart, or renew
class SctpPath {
 public:
  /// `random`, `pool` and `counters` outlive it.
  SctpPath(RandomSource& random, PacketPool& pool, TransportCounters& counters)
      : random_(random), pool_(pool), counters_(counters) {}

  /// Our INIT for descriptions (SNAP, draft-hancke-tsvwg-snap-00): the same for as long as the association lives that it
  /// begins. `another`: the one for the association after this one, with another peer.
  ByteView localInit(const sctp::DataChannels::Config& config, bool another);
  /// The association, which starts with the INITs of both descriptions, or, where one of those is empty, with a handshake
  /// of its own. One that is there goes on, with the peer's newest message size.
  void create(const sctp::DataChannels::Config& config, Bytes localInit, Bytes remoteInit);
  /// Without it from here on; who has one aborts it and reads its events before.
  void forget();
  /// Null from forget() to create().
  sctp::DataChannels* data() { return data_.get(); }
  const sctp::DataChannels* data() const { return data_.get(); }
  bool started() const { return data_ != nullptr && started_; }
  /// It knows that the peer is the right one: what it has to tell may be told.
  bool proven() const { return proven_; }

  /// Starts as soon as DTLS can carry it: a server of 1.3 may speak half a round trip before it knows the client's
  /// certificate. What it says then is what anyone may know, and with `opensEarly` the channels' labels too.
  void startIfDue(TimePoint now, const dtls::Connection& dtls, bool opensEarly, std::optional<Duration> rtt);
  /// Gives DTLS what waits to leave; true when there was something.
  bool send(TimePoint now, dtls::Connection& dtls, const ice::Agent& ice);
  /// Data that comes in one batch goes into SCTP together, and is answered once: whoever drains us asks for that. Counts a
  /// datagram, and says whether the answer may wait for more. False at once before it is proven.
  bool holds() { return proven_ && ++held_ < data_->receiveBatch(); }
  /// What was held is answered.
  void release() { held_ = 0; }

  /// RFC 8841 §9.3: a new DTLS association has a new SCTP association. The channels outlive it where the peer is the
  /// same: browsers keep theirs open, and tell nothing of them over the new one.
  void restart(TimePoint now, bool dtlsClient);
  /// The same, once DTLS has connected anew. One that never began is there in its new role at once.
  void expectRestart(bool dtlsClient) {
    restartDue_ = true;
    if (!carried()) beginAnew(dtlsClient);
  }
  void restartIfDue(TimePoint now, bool dtlsClient) {
    if (restartDue_) restart(now, dtlsClient);
  }
  /// The association with another peer; the one before is aborted, and its events are read, if it has begun. One that has
  /// not stays: what waits to be opened is for whoever the peer turns out to be.
  void renew(bool dtlsClient);
  /// The role that the association numbers its channels by (RFC 8832 §6).
  bool dtlsClient() const { return config_.dtlsClient; }
  /// How often one that never began gave way to one of the other role, whose channels have other ids.
  uint64_t unopened() const { return unopened_; }

 private:
  void followPath(TimePoint now, const ice::Agent& ice);
  void beginAnew(bool dtlsClient);
  /// A channel has been open over it.
  bool carried() const { return started() && data_->stats().channelsOpened > 0; }

  RandomSource& random_;
  PacketPool& pool_;
  TransportCounters& counters_;
  std::unique_ptr<sctp::DataChannels> data_;
  sctp::DataChannels::Config config_;
  bool started_ = false;
  bool proven_ = false;
  bool restartDue_ = false;
  uint64_t unopened_ = 0;
  size_t held_ = 0;               // datagrams that came and are not answered
  uint64_t path_ = 0;             // the count of changes of the selected pair that it knows of
  Bytes toldInit_, nextInit_;     // ours for descriptions: of this association, and of the next one
  Bytes localInit_, remoteInit_;  // as both descriptions have them
};

}  // namespace tincan::inline v0::stack

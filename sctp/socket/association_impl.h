#pragma once

#include <optional>
#include <vector>

#include "base/queue.h"
#include "sctp/association.h"
#include "sctp/chunk/error.h"
#include "sctp/chunk/init.h"
#include "sctp/chunk/packet.h"
#include "sctp/rx/reassembly.h"
#include "sctp/rx/receive_window.h"
#include "sctp/rx/tsn_tracker.h"
#include "sctp/socket/path_mtu.h"
#include "sctp/socket/retry_timer.h"
#include "sctp/socket/state_cookie.h"
#include "sctp/socket/stream_reset.h"
#include "sctp/tx/sender.h"

namespace tincan::inline v0::sctp {

/// What Association is inside: the state machine of RFC 9260 §4, and the hands that move chunks between it, the sending
/// half (sctp/tx) and the receiving half (sctp/rx).
///
///     kNew ── connect(): INIT ──> kCookieWait ── INIT ACK: COOKIE ECHO ──> kCookieEchoed ── COOKIE ACK ──> kEstablished
///                                     └───────────── the peer's COOKIE ECHO ─────┴──────────────────────────────┘
///     kNew ── connectWith(): both INITs are known (SNAP) ─────────────────────────────────────────────> kEstablished
///
///     kEstablished ── shutdown() ──> kShutdownPending ── all acknowledged: SHUTDOWN ──> kShutdownSent ── SHUTDOWN ACK ──┐
///     kEstablished ── SHUTDOWN ────> kShutdownReceived ── all acknowledged: SHUTDOWN ACK ──> kShutdownAckSent           │
///                                                                                 SHUTDOWN COMPLETE ─┴──> kClosed <─────┘
///     any ── ABORT, either way; nobody answers ──> kClosed
///
/// handshake.cc has the first line, incoming.cc what packets do, resets.cc RFC 6525, outgoing.cc what leaves.
class Association::Impl {
 public:
  Impl(AssociationConfig config, RandomSource& random, PacketPool& pool);

  void connect(TimePoint now);
  void setRoundTripTime(Duration rtt) { knownRtt_ = rtt; }
  Result<void> connectWith(TimePoint now, ByteView remoteInit, ByteView localInit);
  ByteView localInit();
  SendStatus send(TimePoint now, uint16_t stream, uint32_t ppid, Bytes&& message, const SendOptions& options);
  SendStatus resetStreams(TimePoint now, std::span<const uint16_t> streams);
  void shutdown(TimePoint now);
  void abort(TimePoint now);
  void receive(TimePoint now, ByteView packet);
  void onPathChange(TimePoint now, size_t mostMtu);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, PacketBuffer& out);
  bool pollTransmit(PacketBuffer& out) { return pollTransmit(now_, out); }
  std::optional<AssociationEvent> pollEvent();

  Sender& sender() { return tx_; }
  const Sender& sender() const { return tx_; }
  State state() const;
  bool takesMessages() const { return phase_ == Phase::kEstablished || phase_ == Phase::kCookieEchoed; }
  AssociationStats stats() const;
  size_t receiveBatch() const;

 private:
  enum class Phase : uint8_t {
    kNew,
    kCookieWait,
    kCookieEchoed,
    kEstablished,
    kShutdownPending,
    kShutdownSent,
    kShutdownReceived,
    kShutdownAckSent,
    kClosed,
  };
  void transition(Phase next) { phase_ = next; }
  /// Both halves run.
  bool isUp() const { return phase_ >= Phase::kEstablished && phase_ <= Phase::kShutdownAckSent; }
  bool mayReceiveData() const {
    return phase_ == Phase::kEstablished || phase_ == Phase::kShutdownPending || phase_ == Phase::kShutdownSent;
  }
  bool maySendData() const {
    return phase_ == Phase::kEstablished || phase_ == Phase::kShutdownPending || phase_ == Phase::kShutdownReceived;
  }
  void advanceTime(TimePoint now) { now_ = std::max(now_, now); }
  /// After anything that may have moved it on: resets that are due, the next step of a shutdown.
  void advance();

  // handshake.cc
  void makeLocalInit();
  void sendInit();
  Duration firstTimeout() const;
  void feedEarly();
  void on(const InitChunk& init);  // INIT, INIT ACK
  void takeInit(const InitChunk& init);
  void takeInitAck(const InitChunk& init);
  void takeCookieEcho(const CommonHeader& header, ByteView bytes);
  void takeCookieAck();
  void prepare(const InitChunk& remote);
  void establish(const InitChunk& remote);
  Capabilities ourCapabilities() const;
  const CookieJar& jar();

  // incoming.cc
  bool isIntact(ByteView packet) const;
  bool isAddressedToUs(const CommonHeader& header, const ChunkView& first) const;
  void takePacket(ByteView packet);
  /// False: the rest of the packet is not to be looked at.
  bool takeChunk(const CommonHeader& header, const ChunkView& chunk);
  bool takeUnknown(const ChunkView& chunk);
  void takeDataChunk(const ChunkView& chunk);
  void acceptData(const DataChunk& chunk);
  void takeSack(ByteView body);
  void takeForwardTsn(const ChunkView& chunk);
  void takeHeartbeat(ByteView body);
  void takeHeartbeatAck(ByteView body);
  void takeError(ByteView body);
  void takeShutdown(ByteView body);
  void takeShutdownAck();
  void takeAfterClose(ByteView packet);
  void dataDone();
  void deliver();
  size_t held() const { return (reassembly_ ? reassembly_->held() : 0) + eventCost_; }

  // resets.cc
  void takeReconfig(ByteView body);
  void takeRequest(const OutgoingResetRequest& request);
  void takeRequest(const IncomingResetRequest& request);
  void takeRequest(const AddStreamsRequest& request);
  void takeRequest(const OtherReconfigRequest& request);
  void takeRequest(const ReconfigResponse& response);
  void performIncoming(const OutgoingResetRequest& request);
  void answer(uint32_t sequence, ReconfigResult result);
  void advanceResets();

  // outgoing.cc
  CommonHeader headerTo(uint32_t tag) const { return {config_.localPort, config_.remotePort, tag}; }
  /// A packet that goes by itself, with a CRC.
  void queueAlone(uint32_t tag, ChunkType type, uint8_t flags, ByteView body);
  void queueAloneWhole(uint32_t tag, ByteView chunk);
  /// A chunk that rides on the next packet.
  void queueControl(ChunkType type, uint8_t flags, ByteView body);
  void queueShutdown();
  bool transmitAlone(PacketBuffer& out);
  bool transmitCookieEcho(PacketBuffer& out);
  bool addData(PacketBuffer& out);
  bool transmitProbe(PacketBuffer& out);
  void addControl(PacketBuilder& builder);
  void addSack(PacketBuilder& builder);
  void sendAbort(CauseCode cause, std::string_view reason);

  void advanceShutdown();
  void handleRetries();
  void windowMayHaveOpened();
  Duration rtt() const;
  void finish();
  void fail(ErrorCode code, std::string message);
  void end(AssociationEvent event);

  AssociationConfig config_;
  RandomSource& random_;
  PacketPool& pool_;
  AssociationStats stats_;
  Phase phase_ = Phase::kNew;
  TimePoint now_;

  InitChunk local_;   // our INIT; its tag is zero until there is one
  Bytes localInit_;   // and its bytes
  InitChunk remote_;  // the peer's INIT or INIT ACK; its tag is zero until one has come
  uint16_t outboundStreams_ = 0;
  uint16_t inboundStreams_ = 0;
  std::optional<CookieJar> jar_;
  RetryTimer handshakeTimer_;  // T1
  RetryTimer shutdownTimer_;   // T2
  Duration knownRtt_{};        // zero: unknown
  TimePoint askedAt_;          // when the INIT went, for the round trip
  std::vector<Bytes> early_;   // packets that came before connect()
  Bytes cookie_;               // the peer's
  bool cookieEchoDue_ = false;

  Sender tx_;
  std::optional<TsnTracker> tracker_;
  std::optional<Reassembly> reassembly_;
  ReceiveWindow window_;
  uint32_t toldCredit_ = 0;  // what our last SACK gave
  Tsn peerHasAll_{};         // up to here, as its SACKs say
  PathMtu mtu_;
  std::optional<OutgoingResets> ourResets_;
  std::optional<IncomingResets> theirResets_;

  bool sawData_ = false;       // in the packet that is being read
  bool sawImmediate_ = false;  // one with the I bit
  SackChunk sack_;             // these keep their memory
  ForwardTsnChunk forward_;

  Queue<Bytes> alone_;    // whole packets, without checksum
  Queue<Bytes> control_;  // whole chunks
  Queue<AssociationEvent> events_;
  size_t eventCost_ = 0;  // of the messages among them
};

}  // namespace tincan::inline v0::sctp

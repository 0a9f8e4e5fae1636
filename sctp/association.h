#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "sctp/rx/receive_window.h"
#include "sctp/send_options.h"
#include "sctp/tx/sender.h"

namespace tincan::inline v0::sctp {

struct AssociationConfig {
  uint16_t localPort = 5000;
  uint16_t remotePort = 5000;
  uint16_t streams = 1024;  ///< asked for in both directions; AssociationUp says what came of it
  size_t mtu = 1150;        ///< the largest packet we send at first, and for as long as nothing larger is known
  /// What to look for beyond it (RFC 8899), once there is much to send; 0: nothing. A chunk that was cut for a larger path
  /// is never cut again: its packet then says that IP may fragment it (PacketBuffer::fragmentation).
  size_t maxMtu = 0;
  size_t maxMessageSize = 262'144;     ///< a larger one from the peer is dropped as it comes in: MessageTooLarge
  size_t sendBuffer = 1024 * 1024;     ///< bytes taken by send() and not yet acknowledged
  size_t receiveBuffer = 1024 * 1024;  ///< our window at first: what the peer may send beyond what we have read
  size_t maxReceiveBuffer = 16 * 1024 * 1024;    ///< what it may grow to for who reads fast
  std::shared_ptr<WindowBudget> windowBudget{};  ///< what all of a loop may grow to; none: no bound
  bool interleaving = true;                      ///< I-DATA (RFC 8260), where the peer has it too
  bool zeroChecksum = false;  ///< RFC 9653, where the peer has it too: only inside DTLS, which checks every byte
  /// Timers that run out in a row before the peer is given up (RFC 9260 §16: Max.Init.Retransmits,
  /// Association.Max.Retrans); none: never, where whoever carries the packets knows by itself that the peer is gone.
  std::optional<unsigned> maxInitRetransmits = 8;
  std::optional<unsigned> maxRetransmits = 10;
  Duration sackDelay = Duration::millis(200);  ///< RFC 9260 §6.2: at most 500 ms
  CongestionControl congestionControl = CongestionControl::kCubic;
  SchedulerKind scheduler = SchedulerKind::kWeightedFair;
};

struct AssociationUp {
  uint16_t outboundStreams = 0;
  uint16_t inboundStreams = 0;
};
/// The peer has added outgoing streams (RFC 6525 §5.2.5), as Firefox does when a channel needs one.
struct StreamsAdded {
  uint16_t outboundStreams = 0;
  uint16_t inboundStreams = 0;
};
struct MessageReceived {
  uint16_t stream = 0;
  uint32_t ppid = 0;
  Bytes data;
};
/// A message went over maxMessageSize; none of it is kept.
struct MessageTooLarge {
  uint16_t stream = 0;
};
/// The peer reset its outgoing streams: nothing more of their old life comes (RFC 6525). Empty: all of them.
struct IncomingReset {
  std::vector<uint16_t> streams;
};
/// Our outgoing streams are reset, as the peer has confirmed. Empty: all of them.
struct OutgoingReset {
  std::vector<uint16_t> streams;
};
/// The peer would not reset these, or the request failed.
struct ResetRefused {
  std::vector<uint16_t> streams;
};
/// Shut down, by either side; the last event.
struct AssociationClosed {};
/// Broken; the last event.
struct AssociationFailed {
  Error error;
};
using AssociationEvent = std::variant<AssociationUp, StreamsAdded, MessageReceived, MessageTooLarge, IncomingReset,
                                      OutgoingReset, ResetRefused, AssociationClosed, AssociationFailed>;

struct AssociationStats {
  uint64_t packetsReceived = 0;
  uint64_t packetsSent = 0;
  uint64_t packetsDropped = 0;      ///< malformed, not addressed to us, bad checksum, no buffer, too many at once
  uint64_t chunksRefused = 0;       ///< unknown, malformed, beyond our window or bounds
  uint64_t piecesRefused = 0;       ///< DATA that fits into no message
  uint64_t duplicatesReceived = 0;  ///< DATA that had come before
  uint64_t errorsReceived = 0;      ///< ERROR chunks
  size_t receiveWindow = 0;         ///< bytes, as it has grown to
  size_t bytesHeld = 0;             ///< of it, what waits for pieces or to be polled
  size_t mtu = 0;                   ///< bytes of the largest packet that we send
  bool interleaving = false;        ///< I-DATA was agreed on
  bool zeroChecksum = false;        ///< we send checksums of zero
};

/// One SCTP association (RFC 9260) with stream reset (RFC 6525), partial reliability (RFC 3758, 7496), interleaving (RFC
/// 8260) and zero checksums (RFC 9653), as data channels need it (RFC 8831). Owned by DataChannels.
///
///     kNew ── connect ──> kConnecting ── 4-way handshake ──> kEstablished ── shutdown, either side ──> kShuttingDown
///                              │                                 │                                          │
///                              └──────────── abort, failure ─────┴───────────────> kClosed <────────────────┘
///
/// Both sides connect, and the two INITs cross (RFC 9260 §5.2.1). Packets that come before connect() are kept, a few.
class Association {
 public:
  enum class State : uint8_t { kNew, kConnecting, kEstablished, kShuttingDown, kClosed };
  enum class SendStatus : uint8_t {
    kSent,    ///< all of it was taken
    kFull,    ///< none of it: try again after the next receive or timeout
    kFailed,  ///< none of it, and there is no use in trying again
  };

  Association(AssociationConfig config, RandomSource& random, PacketPool& pool);
  ~Association();
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  void connect(TimePoint now);
  /// Before it: what the path takes there and back, where others have measured that. Timers begin with it.
  void setRoundTripTime(Duration rtt);
  /// SNAP (draft-hancke-tsvwg-snap-00): our INIT chunk, header included, for a=sctp-init. Asking for it starts nothing, and
  /// it stays the same.
  ByteView localInit();
  /// In place of connect(), once DTLS is up: the peer has our INIT, and this is its. Ours is localInit(), or `localInit`,
  /// which another association of the same settings has given. kEstablished at once. Errors: kMalformed,
  /// kInvalidStateError.
  Result<void> connectWith(TimePoint now, ByteView remoteInit, ByteView localInit = {});
  /// `message` is moved from only if kSent, and is not copied then.
  SendStatus send(TimePoint now, uint16_t stream, uint32_t ppid, Bytes&& message, const SendOptions& options);
  SendStatus send(TimePoint now, uint16_t stream, uint32_t ppid, ByteView message, const SendOptions& options);
  /// Bytes of messages of one stream, or of all, that no packet has carried yet.
  size_t bufferedAmount(uint16_t stream) const;
  size_t bufferedAmount() const;
  /// A stream whose bufferedAmount has fallen since it was polled last, each once.
  std::optional<uint16_t> pollAmountFell();
  /// A stream's weight or rank: 128, 256 (what it is before), 512 or 1024 (W3C webrtc-priority §4.2).
  void setPriority(uint16_t stream, uint16_t priority);
  /// Resets outgoing streams: what was sent on them goes first, what is sent from now on waits, and OutgoingReset tells
  /// when it is done. Any number, at any time: the association asks for as many at once as it can. kFailed when the peer
  /// has no stream reset, or not so many streams.
  SendStatus resetStreams(TimePoint now, std::span<const uint16_t> streams);
  /// Sends what was taken, then SHUTDOWN.
  void shutdown(TimePoint now);
  /// ABORT, and closed.
  void abort(TimePoint now);

  void receive(TimePoint now, ByteView packet);
  /// Packets take another way below: what was found out about the old one is forgotten. No packet will be larger than
  /// `mostMtu` there.
  void onPathChange(TimePoint now, size_t mostMtu = SIZE_MAX);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, PacketBuffer& out);
  /// At the time of the last call.
  bool pollTransmit(PacketBuffer& out);
  /// Messages that nobody polls stay within our window: past it the peer has to wait.
  std::optional<AssociationEvent> pollEvent();

  State state() const;
  /// How many packets that have come together may all go in before what we have to send is asked for: then one SACK answers
  /// them. RFC 9260 §6.2 has one for every second packet; past the first hundred, while nothing is missing, ten do, as in
  /// QUIC's ACK decimation (RFC 9000 §13.2.2 leaves it to the receiver).
  size_t receiveBatch() const;
  /// send() may take messages: kEstablished, or so far on the way that they ride with the handshake.
  bool takesMessages() const;
  AssociationStats stats() const;
  /// Of the sending half: round trips, windows, retransmissions by kind.
  SenderStats senderStats() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tincan::inline v0::sctp

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
#include "sctp/send_options.h"
#include "sctp/stream_ledger.h"

namespace tincan::sctp {

struct AssociationConfig {
  uint16_t localPort = 5000;
  uint16_t remotePort = 5000;
  uint16_t streams = 1024;          ///< asked for in both directions; AssociationUp says what came of it
  size_t mtu = 1150;                ///< the largest packet we send; no path MTU discovery (RFC 8831 §5: DTLS owns it)
  size_t maxMessageSize = 262'144;  ///< a larger one from the peer is dropped as it comes in: MessageTooLarge
  size_t sendBuffer = 1024 * 1024;  ///< bytes taken by send() and not yet acknowledged
  size_t receiveBuffer = 1024 * 1024;  ///< our window: what the peer may send beyond what we have read
};

struct AssociationUp {
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
using AssociationEvent = std::variant<AssociationUp, MessageReceived, MessageTooLarge, IncomingReset, OutgoingReset,
                                      ResetRefused, AssociationClosed, AssociationFailed>;

struct AssociationStats {
  uint64_t packetsReceived = 0;
  uint64_t packetsSent = 0;
  uint64_t packetsDropped = 0;
};

/// One SCTP association (RFC 9260) with stream reset (RFC 6525) and partial reliability (RFC 3758, 7496), as data
/// channels need it (RFC 8831). Owned by DataChannels. What is inside is usrsctp, and usrsctp_association.cc is the only
/// file that knows.
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
  SendStatus send(TimePoint now, uint16_t stream, uint32_t ppid, ByteView message, const SendOptions& options);
  /// Resets outgoing streams: what was sent on them goes first, and OutgoingReset tells when it is done. kFailed when the
  /// peer has no stream reset. At most kMaxResets at once, none of them busy; or one, which then waits inside.
  static constexpr size_t kMaxResets = 256;  ///< that one chunk of our packets has room for
  SendStatus resetStreams(TimePoint now, std::span<const uint16_t> streams);
  /// Those of our streams whose messages the peer may not have all yet: resetStreams() would wait for that.
  const StreamLedger& ledger();
  /// Sends what was taken, then SHUTDOWN.
  void shutdown(TimePoint now);
  /// ABORT, and closed.
  void abort(TimePoint now);

  void receive(TimePoint now, ByteView packet);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(PacketBuffer& out);
  /// Messages that nobody polls stay within our window: past it the peer has to wait.
  std::optional<AssociationEvent> pollEvent();

  State state() const;
  const AssociationStats& stats() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tincan::sctp

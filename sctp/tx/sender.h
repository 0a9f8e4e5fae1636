#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "sctp/chunk/sack.h"
#include "sctp/chunk/tsn.h"
#include "sctp/send_options.h"
#include "sctp/tx/congestion_control.h"

namespace tincan::inline v0::sctp {

/// Which stream may send next.
enum class SchedulerKind : uint8_t {
  kWeightedFair,  ///< by bytes, in proportion to the streams' priorities (RFC 8260 §3.6)
  kPriority,      ///< the highest priority first, the same ones in turn (RFC 8260 §3.4)
};

struct SenderConfig {
  CongestionControl congestionControl = CongestionControl::kCubic;
  SchedulerKind scheduler = SchedulerKind::kWeightedFair;
  size_t maxPacket = 1191;              ///< bytes of an SCTP packet with its common header; setMaxPacket() changes it
  size_t sendBuffer = 8 * 1024 * 1024;  ///< bytes taken by send() and not yet acknowledged
  size_t maxMessages = 262'144;         ///< and how many of them, however small
  /// RFC 9260 §16 has 1 s. Below a DTLS association RTTs are those of calls, and its receivers delay a SACK by 200 ms at
  /// most (§6.2): 400 ms waits for that and a jitter of 200 ms.
  Duration minRto = Duration::millis(400);
  Duration initialRto = Duration::millis(500);
  Duration maxRto = Duration::seconds(60);
  uint64_t seed = 1;  ///< BBR draws the time between its probes from it
};

/// What the handshake has agreed on for this direction.
struct SenderStart {
  Tsn initialTsn{};
  uint32_t peerWindow = 0;    ///< a_rwnd of the peer's INIT or INIT ACK
  bool interleaving = false;  ///< I-DATA (RFC 8260)
  bool forwardTsn = false;    ///< the peer takes FORWARD-TSN (RFC 3758): without it nothing is ever given up
};

struct SenderStats {
  Duration srtt{};    ///< zero: none measured yet
  Duration minRtt{};  ///< of the last seconds
  Duration latestRtt{};
  Duration rto{};
  size_t congestionWindow = 0;   ///< bytes
  size_t peerWindow = 0;         ///< what the peer would take beyond what is on its way
  size_t bytesInFlight = 0;      ///< chunks with their headers
  uint64_t pacingRate = 0;       ///< bytes a second; 0: not paced
  uint64_t chunksSent = 0;       ///< first transmissions
  uint64_t bytesSent = 0;        ///< user data, first transmissions
  uint64_t bytesAcked = 0;       ///< user data that the peer holds
  uint64_t fastRetransmits = 0;  ///< chunks found lost by later ones that came (RFC 9260 §7.2.4)
  uint64_t rackRetransmits = 0;  ///< by time: RACK's reordering timer, and retransmissions lost again (RFC 8985 §6.2)
  uint64_t tailProbes = 0;       ///< TLP: sent to ask for a SACK (RFC 8985 §7)
  uint64_t timeoutRetransmits = 0;   ///< chunks sent again after T3
  uint64_t timeouts = 0;             ///< T3 expired
  uint64_t spuriousRetransmits = 0;  ///< the peer reported as duplicates what we sent twice
  uint64_t abandonedMessages = 0;    ///< given up by their limits (RFC 3758)
  uint64_t invalidSacks = 0;         ///< acknowledged what was never sent
};

/// The sending half of an association: from messages to DATA chunks that have been acknowledged. Owned by Association, which
/// writes packets, hands SACKs over, and knows the handshake. Nothing is sent before start().
///
///     send() ──> SendQueue (messages by stream, a scheduler) ──> fragments ──> RetransmissionQueue (a ring by TSN) ──> fill()
///     onSack() ──> RetransmissionQueue ──> RttEstimator, RackTlp, CongestionController, Pacer
///
/// A message is moved in and kept once: a fragment is a slice of it, and fill() makes the only copy.
class Sender {
 public:
  enum class SendStatus : uint8_t {
    kSent,   ///< all of it was taken
    kFull,   ///< none of it: try again after the next SACK
    kEmpty,  ///< SCTP has no empty messages (RFC 8831 §6.6 has PPIDs for them)
  };
  enum class SackStatus : uint8_t {
    kTaken,
    kOld,      ///< behind one that came before: dropped (RFC 9260 §6.2.1)
    kInvalid,  ///< acknowledges what was never sent: dropped and counted
  };

  explicit Sender(const SenderConfig& config);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// The association is up (or, by SNAP, both INITs are known). What was given before goes now.
  void start(TimePoint now, const SenderStart& start);
  /// The peer has restarted (RFC 9260 §5.2.4.2): what it has not acknowledged is sent once more, each message from its
  /// beginning; sequence numbers, windows and timers are new.
  void restart(TimePoint now, const SenderStart& start);
  bool started() const;

  /// Takes a message. `message` is moved from only if kSent.
  SendStatus send(TimePoint now, StreamId stream, uint32_t ppid, Bytes&& message, const SendOptions& options);
  /// A stream's weight or rank: 128, 256 (what it is before), 512 or 1024 (W3C webrtc-priority §4.2). 0 counts as 1.
  void setPriority(StreamId stream, uint16_t priority);
  /// Bytes of a stream's messages that no packet has carried yet: the W3C's bufferedAmount.
  size_t bufferedAmount(StreamId stream) const;
  /// Of all streams.
  size_t bufferedAmount() const;
  /// A stream whose bufferedAmount has fallen since it was polled last, each once.
  std::optional<StreamId> pollAmountFell();
  /// Whether everything was sent and acknowledged: SHUTDOWN may go (RFC 9260 §9.2).
  bool idle() const;

  SackStatus onSack(TimePoint now, const SackChunk& sack);
  /// SHUTDOWN carries a cumulative TSN as a SACK does (RFC 9260 §9.2).
  SackStatus onCumulativeTsn(TimePoint now, Tsn cumulative);
  /// A round trip measured by others: INIT and INIT ACK, HEARTBEAT.
  void onRttSample(TimePoint now, Duration rtt);

  /// Whether fill() would write something into an empty packet now.
  bool ready(TimePoint now) const;
  /// Writes chunks (FORWARD-TSN, retransmissions, new data) behind what `packet` has, which is its common header and what
  /// control chunks come first; no further than maxPacket, as the
  /// congestion window, the peer's window and the pacer allow. Call it until it returns 0, once for each packet.
  /// A chunk that was cut for a larger path goes alone, as far as the writer has room.
  /// Returns the bytes written.
  size_t fill(TimePoint now, ByteWriter& packet);
  TimePoint nextTimeout() const;
  void handleTimeout(TimePoint now);
  /// T3 expirations since the peer last acknowledged something new: what Association.Max.Retrans counts (RFC 9260 §8.1).
  /// A peer that keeps its window shut, and says so, does not count (RFC 9260 §6.1, rule A).
  unsigned consecutiveTimeouts() const;
  /// The path carries packets of this size (RFC 8899).
  void setMaxPacket(size_t bytes);

  /// Stream reset (RFC 6525 §5.1.2): what was sent on these before goes on; what is sent from now on waits.
  void pauseStreams(std::span<const StreamId> streams);
  /// A paused stream of which all is acknowledged or given up, each once: it can be reset.
  std::optional<StreamId> pollQuiet();
  /// Whether nothing of the stream is unsent or unacknowledged, what waits behind a pause aside.
  bool quiet(StreamId stream) const;
  /// The peer has performed the reset: the numbers start at 0, what has waited goes.
  void resetStreams(std::span<const StreamId> streams);
  /// It has refused: what has waited goes on with the old numbers.
  void resumeStreams(std::span<const StreamId> streams);
  /// The last TSN that was given to a chunk: Sender's Last Assigned TSN (RFC 6525 §4.1).
  Tsn lastAssignedTsn() const;

  SenderStats stats() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tincan::inline v0::sctp

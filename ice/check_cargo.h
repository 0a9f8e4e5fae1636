#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/ring.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace tincan::inline v0::ice {

/// Datagrams that ride on connectivity checks and on the answers to them, so that a DTLS handshake needs no pair to begin
/// with (SPED, draft-hancke-webrtc-sped-00). To this class they are bytes. Owned by the Agent; the session in force
/// writes and reads it, for authenticated messages alone.
///
///     kOff ── accept() ──> kListening ─────── the peer's attributes ────────┐
///     kOff ── offer() ──> kTentative ── the peer's attributes ──────> kConfirmed ── finish() ──> kPending
///                              │                                                                    │
///     kOff <── an answer has neither      kComplete <── acknowledgements alone, or neither ───────┘
///
/// Two attributes, before MESSAGE-INTEGRITY, the acknowledgements first (§3):
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  0xC071 ACKNOWLEDGEMENT       |  length: 0, 4, 8, 12 or 16    |
///     |  CRC-32 of a datagram that has come, up to four, the last ones …
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  0xC070 DTLS-IN-STUN          |  length                       |
///     |  one datagram …
///
/// Bounds: kMaxFlight datagrams on their way out and kMaxArrived of the peer's that nobody has taken; what is over is
/// dropped and counted, since DTLS sends again what is missing.
class CheckCargo {
 public:
  enum class State : uint8_t { kOff, kListening, kTentative, kConfirmed, kPending, kComplete };
  static constexpr size_t kMaxFlight = 8;
  static constexpr size_t kMaxArrived = 8;
  static constexpr size_t kMaxAcknowledged = 4;
  /// Of the peer's, whose repetitions are known: two flights.
  static constexpr size_t kRemembered = 16;
  /// Of the STUN message that carries: 1,200 bytes of IP packet, less 24 of IPv4 and UDP with room and 8 of FINGERPRINT.
  static constexpr size_t kMaxMessage = 1168;
  /// What a datagram may have to fit: the check around it takes 124 bytes and more (long ufrags).
  static constexpr size_t kMaxDatagram = 900;

  struct Counters {
    uint64_t carried = 0;       ///< datagrams that left on a check or an answer, repetitions included
    uint64_t arrived = 0;       ///< new ones of the peer's
    uint64_t repeated = 0;      ///< that had come before
    uint64_t acknowledged = 0;  ///< ours that the peer has
    uint64_t malformed = 0;     ///< a list of acknowledgements that is none
    uint64_t dropped = 0;       ///< past a bound, or too large for any check
  };

  explicit CheckCargo(PacketPool& pool) : pool_(pool) {}

  /// Says nothing before the peer does.
  void accept();
  /// Says from the first check on that we can.
  void offer();
  /// The description, or the application, has it that there shall be none.
  void stop() { transition(State::kOff); }
  /// The flight that was carried so far is of no use any more: the next one begins, or it is sent again in other records.
  void beginFlight() { flight_.clear(); }
  /// One datagram of the flight.
  void add(ByteView datagram);
  /// The handshake is done. Whoever had the last word keeps it until the peer has it.
  void finish(bool lastWordIsOurs);

  /// Appends the attributes to a check, or to the answer to one; gives the CRC-32 of the datagram that went with it, 0
  /// when there was none. Leaves room for MESSAGE-INTEGRITY and FINGERPRINT.
  uint32_t write(stun::MessageWriter& writer);
  /// An authenticated check of the peer's, or its answer to one of ours, which had carried `carried`.
  void read(const stun::Message& message, uint32_t carried = 0);
  /// A datagram that came the plain way is acknowledged, too.
  void noteArrived(ByteView datagram);
  /// The next of the peer's datagrams, each once.
  bool take(PacketBuffer& out) { return arrived_.take(out); }
  bool waits() const { return !arrived_.empty(); }

  State state() const { return state_; }
  /// The peer has shown that it can, and the handshake is under way.
  bool carries() const { return state_ == State::kConfirmed || state_ == State::kPending; }
  /// Datagrams may go on checks: the peer can, or may.
  bool mayCarry() const { return carries() || state_ == State::kTentative; }
  const Counters& counters() const { return counters_; }

 private:
  struct Datagram {
    uint32_t crc = 0;
    Bytes bytes;
  };

  void transition(State next);
  bool readPresence(stun::Class messageClass, bool any);
  void readAcknowledgements(ByteView list);
  void acknowledge(uint32_t crc);
  bool isNew(uint32_t crc);

  PacketPool& pool_;
  State state_ = State::kOff;
  std::vector<Datagram> flight_;
  size_t next_ = 0;                               // of the flight, to go with the next message
  std::array<uint32_t, kRemembered> received_{};  // CRCs of the peer's, the oldest first
  size_t receivedCount_ = 0;
  Ring<PacketBuffer> arrived_;
  Counters counters_;
};

}  // namespace tincan::inline v0::ice

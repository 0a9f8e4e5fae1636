#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/time.h"
#include "dtls/config.h"
#include "dtls/handshake/flight.h"
#include "dtls/handshake/message.h"
#include "dtls/handshake/reassembly.h"
#include "dtls/handshake/retransmission.h"
#include "dtls/protocol.h"
#include "dtls/record/record_layer.h"
#include "dtls/stats.h"

namespace tincan::inline v0::dtls {

/// What the handshakes of both versions stand on: records, reassembly, the flight in the air with its timer, and the
/// datagrams that wait to be polled. Owned by the Connection, lent to its handshake by reference.
class Link {
 public:
  Link(const Config& config, RandomSource& random, PacketPool& pool);

  // ---- for the handshakes
  RandomSource& random() { return random_; }
  RecordLayer& records() { return records_; }
  /// Forgets the last flight: the peer has shown that it has it.
  void beginFlight();
  /// Another flight goes on in place of this one, under its timer.
  void replaceFlight() { flight_.clear(); }
  /// And its timer begins anew when this one's time is up.
  void calmTimer() { timer_.calm(); }
  /// Adds a message to the flight, under the next message_seq; gives it back for the transcript.
  const HandshakeMessage& add(HandshakeType type, uint64_t epoch, Bytes body);
  void addChangeCipherSpec();
  /// The next message has this message_seq: those before it were answers of which nothing was kept.
  void beginAt(uint16_t sequence) { nextMessage_ = sequence; }
  /// A message of its own with message_seq 0, sent once and not kept (RFC 9147 §5.1).
  void sendStateless(HandshakeType type, Bytes body);
  /// Sends the flight. `expectsReply`: again and again until the next flight begins or stopTimer().
  void endFlight(TimePoint now, bool expectsReply);
  void stopTimer() { timer_.stop(); }
  /// RFC 6347 §4.2.4.1, RFC 9147 §5.8.2: less than a second where the round trip is known. Twice of it, for the answer takes
  /// a peer signatures and key exchanges too.
  void setRoundTripTime(Duration rtt) {
    timer_.setInitial(std::clamp(rtt * 2, Duration::millis(100), Duration::seconds(3)));
  }
  /// How often the flight in the air went unanswered.
  int unanswered() const { return timer_.attempts(); }
  bool flightEmpty() const { return flight_.empty(); }
  /// False when message_seq is used up.
  bool canAdd() const { return nextMessage_ < kLastMessage; }
  /// The epoch that alerts and application data go under.
  void setWriteEpoch(uint64_t epoch) { writeEpoch_ = epoch; }
  uint64_t writeEpoch() const { return writeEpoch_; }

  // ---- for the connection
  Reassembly& reassembly() { return reassembly_; }
  /// A message that is new to us came: the peer has our flight.
  void noteProgress() { progressed_ = true; }
  /// The end of the peer's last flight came again: ours may have been lost (RFC 6347 §4.2.4).
  void peerRetransmitted(TimePoint now);
  /// RFC 9147 §7: what these records carried arrived. What else the flight holds is sent again. False when that is
  /// nothing new.
  bool acknowledged(TimePoint now, std::span<const RecordNumber> numbers);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const { return timer_.deadline(); }

  /// One record in a datagram of its own; false when it does not fit or too many wait.
  bool send(ContentType type, ByteView payload) { return send(type, writeEpoch_, payload); }
  bool send(ContentType type, uint64_t epoch, ByteView payload, RecordNumber* number = nullptr);
  /// Application data, protected where it lies.
  bool send(PacketBuffer data);
  /// The largest payload that one record in a datagram takes now.
  size_t room() const { return mtu_ - records_.overhead(writeEpoch_); }
  void sendAlert(AlertLevel level, AlertDescription alert);
  bool pollTransmit(PacketBuffer& out);
  size_t mtu() const { return mtu_; }
  Stats& stats() { return stats_; }
  const Stats& stats() const { return stats_; }
  PacketPool& pool() { return pool_; }

 private:
  static constexpr uint16_t kLastMessage = 0xFFFF;
  void transmit(TimePoint now);
  size_t currentMtu() const;

  RandomSource& random_;
  PacketPool& pool_;
  size_t mtu_;
  size_t dataMtu_;
  size_t flightMtu_;
  RecordLayer records_;
  Reassembly reassembly_;
  Flight flight_;
  HandshakeMessage last_;
  Retransmission timer_;
  uint16_t nextMessage_ = 0;
  uint64_t writeEpoch_ = 0;
  bool progressed_ = false;
  TimePoint lastTransmit_;
  std::vector<PacketBuffer> out_;
  size_t outNext_ = 0;
  Stats stats_;
};

}  // namespace tincan::inline v0::dtls

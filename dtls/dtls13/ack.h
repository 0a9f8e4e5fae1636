#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/queue.h"
#include "base/time.h"
#include "dtls/protocol.h"
#include "dtls/record/record_cipher.h"

namespace tincan::inline v0::dtls::dtls13 {

/// RFC 9147 §7: record_numbers<0..2^16-1> of epoch(8) sequence_number(8), in rising order.
struct Ack {
  std::vector<RecordNumber> numbers;
  static Status parse(ByteView payload, Ack& out);
  Bytes serialize() const;
};
constexpr size_t kAckHeaderSize = 2;
constexpr size_t kAckNumberSize = 16;

/// Which records of the peer's flight came, and when to tell it (RFC 9147 §7.1): at once when it sends again what we
/// have, or what has no other answer; a while after part of a flight came, when the rest of it did not. Owned by the
/// handshake.
///
/// Invariant: at most kMaxNumbers are remembered, the newest: a peer that sends more fragments than that sends some of
/// them twice.
class AckState {
 public:
  static constexpr size_t kMaxNumbers = 64;

  /// `delay`: how long the rest of a flight may take.
  explicit AckState(Duration delay) : delay_(delay) {}

  /// What came so far is answered otherwise, by a flight of ours.
  void clear();
  void note(RecordNumber number);
  /// Part of a flight came.
  void expectRest(TimePoint now);
  /// All of it came.
  void expectNothing() { deadline_ = TimePoint::never(); }
  void setDue() { due_ = true; }
  bool due(TimePoint now) const { return due_ || now >= deadline_; }
  TimePoint deadline() const { return deadline_; }

  /// The newest of them that fit in `room` bytes, as an ACK; nothing is due any more.
  Ack take(size_t room);

 private:
  Duration delay_;
  Queue<RecordNumber> numbers_;
  TimePoint deadline_ = TimePoint::never();
  bool due_ = false;
};

}  // namespace tincan::inline v0::dtls::dtls13

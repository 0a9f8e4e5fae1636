#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace tincan::inline v0::rtp {

/// A named telephone event (RFC 4733 §2.3): DTMF digits are 0…9, * is 10, # is 11, A…D are 12…15.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |     event     |E|R| volume    |          duration             |
struct TelephoneEvent {
  static constexpr size_t kSize = 4;
  static constexpr uint16_t kMaxDuration = 0xffff;

  uint8_t event = 0;
  bool end = false;
  uint8_t volume = 0;     ///< -dBm0, 0…63
  uint16_t duration = 0;  ///< since the timestamp, in its ticks

  /// False when the payload is short. What follows the first four bytes (§2.5.2.1: one event a payload) is not read.
  static bool parse(ByteView payload, TelephoneEvent& out);
  bool write(MutableByteView out) const;
  bool operator==(const TelephoneEvent&) const = default;
};

/// Says one event in packets (RFC 4733 §2.5.1): one each time that the sender has a packet's turn, the same timestamp
/// and a growing duration; the end is said three times; what lasts longer than the duration can say goes on as a new
/// segment. Owned by the sending stream; sends nothing itself.
///
///     kIdle --start--> kSending --stop--> kEnding (three packets) --> kIdle
class TelephoneEventSender {
 public:
  enum class State : uint8_t { kIdle, kSending, kEnding };
  struct Packet {
    TelephoneEvent payload;
    uint32_t timestamp = 0;
    bool marker = false;  ///< §2.5.1.2: only the first packet of an event
  };

  /// From `timestamp` on. An event that is still being said is cut off: its end goes unsaid (§2.5.1.4 asks for a
  /// pause).
  void start(uint8_t event, uint8_t volume, uint32_t timestamp);
  /// The event ends at `timestamp`.
  void stop(uint32_t timestamp);
  /// The packet to send now; false when there is nothing to say.
  bool next(uint32_t timestamp, Packet& out);
  State state() const { return state_; }

 private:
  static constexpr int kEndPackets = 3;  // §2.5.1.4: the last packet is sent three times in all

  State state_ = State::kIdle;
  TelephoneEvent event_;
  uint32_t segmentStart_ = 0;
  uint32_t end_ = 0;
  bool first_ = false;
  int endsLeft_ = 0;
};

/// Makes events of the packets: each told once when it begins and once when it ends, whatever is lost or doubled.
class TelephoneEventReceiver {
 public:
  enum class What : uint8_t { kNothing, kBegan, kWentOn, kEnded };
  struct Update {
    What what = What::kNothing;
    uint8_t event = 0;
    uint8_t volume = 0;
    uint32_t duration = 0;  ///< of all segments so far
    bool cutShort = false;  ///< with kBegan: the event before it never said its end
  };

  /// False when the payload is malformed.
  bool receive(uint32_t timestamp, ByteView payload, Update& out);
  bool active() const { return active_; }
  /// §2.6: three packets' time without one: the end was lost. Gives the event that is over.
  std::optional<uint8_t> timeOut();

 private:
  bool active_ = false;
  bool known_ = false;
  uint8_t event_ = 0;
  uint32_t segment_ = 0;      // its timestamp
  uint32_t segmentSpan_ = 0;  // its longest duration seen
  uint32_t before_ = 0;       // duration of the segments before it
};

}  // namespace tincan::inline v0::rtp

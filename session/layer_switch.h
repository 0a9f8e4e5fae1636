#pragma once

#include <cstdint>
#include <optional>

#include "base/sequence.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "session/forwarded_packet.h"

namespace tincan::inline v0::session {

/// One receiver's view of a source that has several encodings (simulcast): it sees one stream, whose sequence numbers,
/// timestamps and picture numbers go on where another encoding takes over. Owned by a Forwarder.
///
///     want(ssrc) ─► its packets until its next key frame: dropped, the old encoding's go on
///                ─► its key frame ─► current; what still comes of the old one: dropped
///
///     kIdle ──want──► kWaiting ──key frame of the wanted──► kForwarding
///                        ▲                                      │
///                        └────────── want another ──────────────┘   (the current one is forwarded meanwhile)
///
/// All numbers count from 0. Packets that are missing of the current encoding leave their numbers free: they may come
/// yet, and the receiver asks for them.
class LayerSwitch {
 public:
  /// What a packet is called on the way out.
  struct Names {
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    uint16_t pictureId = 0;
    uint8_t tl0PictureIndex = 0;
  };
  struct Counters {
    uint64_t switches = 0;
    uint64_t late = 0;  ///< from before the last switch: their numbers are given away
  };

  explicit LayerSwitch(uint32_t clockRate) : clockRate_(clockRate) {}

  /// The encoding that is to be seen from its next key frame on.
  void want(Ssrc encoding);
  std::optional<Ssrc> wanted() const { return wanted_; }
  /// The one that is seen.
  std::optional<Ssrc> current() const { return current_; }
  /// A key frame of the wanted one is needed.
  bool waits() const { return wanted_ != current_; }

  /// What becomes of a packet: nothing when it is not for this receiver.
  std::optional<Names> take(const ForwardedPacket& packet);
  const Counters& counters() const { return counters_; }

 private:
  void change(const ForwardedPacket& packet);
  uint32_t elapsed(const ForwardedPacket& packet) const;

  uint32_t clockRate_;
  std::optional<Ssrc> wanted_, current_;
  std::optional<uint16_t> wantedNewest_;  // sequence number that came of it
  // Of the current encoding: its numbers as they come, and what is added to each.
  SequenceUnwrapper<uint16_t> unwrapper_;
  int64_t first_ = 0;  // sequence number that it began with
  int64_t sequenceOffset_ = 0;
  uint32_t timestampOffset_ = 0;
  uint16_t pictureOffset_ = 0;
  uint8_t tl0Offset_ = 0;
  // Of what has been seen: the newest packet.
  int64_t nextSequence_ = 0;
  Names last_;
  bool lastEndedFrame_ = true;
  TimePoint lastAt_;
  std::optional<NtpTime> lastSampled_;
  Counters counters_;
};

}  // namespace tincan::inline v0::session

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ecn.h"
#include "base/strong_id.h"
#include "base/time.h"

namespace tincan::inline v0::rtp {

/// A packet that left, as congestion control sees it. It is named by a number that counts all packets of a transport.
struct SentPacket {
  enum class Kind : uint8_t { kAudio, kVideo, kRetransmission, kPadding };

  int64_t number = 0;         ///< transport-wide, unwrapped; its low 16 bits are on the wire
  TimePoint sentAt;           ///< of our clock
  Ssrc ssrc;                  ///< with `sequence`: how RFC 8888 names it
  uint32_t size = 0;          ///< bytes on the wire, IP and UDP included
  uint32_t probeCluster = 0;  ///< the cluster that it is part of; 0: none
  uint16_t sequence = 0;      ///< of its RTP header
  Kind kind = Kind::kVideo;
  Ecn ecn = Ecn::kNotCapable;  ///< it left with this
};

/// What the far end said about one packet.
struct PacketResult {
  SentPacket sent;
  /// On a clock that runs as the far end's and is put near ours: only differences mean something. never(): lost.
  TimePoint receivedAt = TimePoint::never();
  Ecn ecn = Ecn::kNotCapable;
  bool recovered = false;  ///< received after all: an earlier report called it lost
  bool lost() const { return receivedAt.isNever(); }
};

/// All that came of feedback at one time: the reports of one compound packet, joined with what was sent.
struct FeedbackReport {
  TimePoint at;
  std::span<const PacketResult> results;  ///< by number, each packet once; valid until the next report
  Duration roundTrip = Duration::zero();  ///< from the newest received packet to this report; zero: none was received
  size_t inFlight = 0;                    ///< bytes sent after the newest packet that any report named
  bool clockJumped = false;               ///< the far end's clock was begun anew: earlier arrivals do not compare
};

}  // namespace tincan::inline v0::rtp

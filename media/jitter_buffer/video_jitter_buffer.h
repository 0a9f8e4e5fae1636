#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/fixed_list.h"
#include "base/packet_buffer.h"
#include "base/time.h"
#include "media/jitter_buffer/arrival_rate.h"
#include "media/jitter_buffer/decodable_frames.h"
#include "media/jitter_buffer/frame_timing.h"
#include "media/jitter_buffer/held_packets.h"
#include "media/jitter_buffer/playout_point.h"
#include "media/jitter_buffer/received_frame.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::media {

/// Makes frames of the packets of one video stream: puts them in order, waits for lost ones (retransmission), gives out
/// whole frames that a decoder can decode, each once, evenly paced; and says when only a keyframe can help.
/// Owned by the receiving track. Knows no codec: rtp::depacketize said what each packet is, HeldPackets has them in order,
/// joinPackets makes frames of them, FrameTiming says when they are due. Where packets carry dependency descriptors it knows
/// what a frame refers to (DecodableFrames): what is lost is not waited for once a later frame is due that does without,
/// frames that lack what they refer to are left out, and where the layer's chain is broken it waits for a keyframe.
///
///                        keyframe's first packet
///     kWaitingForKeyFrame ----------------------> kFlowing  --.  frames out
///              ^                                    |   ^____/
///              '------------------------------------'
///                a gap outlived maxWait, a chain is broken, a frame too large, overflow
///                (or on to the next keyframe's first packet, when one is held)
///
/// Bounds: LIMITS.md (a frame, a stream; each packet counts as its 2 KiB slot). No allocation a packet after warm-up.
class VideoJitterBuffer {
 public:
  enum class State : uint8_t { kWaitingForKeyFrame, kFlowing };
  struct Config {
    uint32_t clockRate = 90000;
    size_t maxFrameBytes = size_t{4} << 20;
    size_t maxStreamBytes = size_t{16} << 20;
    Duration minDelay;                          ///< of playout, behind the fastest arrival
    Duration maxDelay = Duration::millis(500);  ///< 0: frames go out when they are complete
    /// For a lost packet; it grows with the round trip: three repairs may be asked for and come, a little more than a
    /// round trip each (NackTracker), and a fourth where that is soon; and as long as a keyframe would take to come in its
    /// place, by how fast the stream comes: over a slow line that is the dearer of the two…
    Duration minWait = Duration::millis(300);
    Duration maxWait = Duration::millis(1000);  ///< …up to this
    /// A gap this old is left behind when a later keyframe is whole: one round trip of most calls.
    Duration skipToKeyFrameAfter = Duration::millis(80);
  };
  struct Packet {
    uint16_t sequenceNumber = 0;
    uint32_t timestamp = 0;
    uint8_t payloadType = 0;
    bool recovered = false;  ///< by a retransmission: late, and not for the line's sake
    rtp::Depacketized
        info;  ///< views point into `buffer`; an empty payload only fills its place in the order (a probe)
    ByteView dependencies{};  ///< the value of its dependency descriptor, in `buffer`; empty: it has none
    ByteView contributing{};  ///< its CSRCs, in `buffer`, four bytes each
    PacketBuffer buffer;
  };
  struct Stats {
    uint64_t packets = 0;  ///< taken
    uint64_t duplicates = 0;
    uint64_t late = 0;       ///< their frame was out, or given up
    uint64_t malformed = 0;  ///< frames whose packets do not fit together
    uint64_t dropped = 0;    ///< packets taken, then thrown away with a frame that could not be decoded
    uint64_t overflows = 0;  ///< a bound was reached
    uint64_t resets = 0;     ///< the sender began a new sequence
    uint64_t framesOut = 0;
    uint64_t keyFramesOut = 0;
    uint64_t gapsGivenUp = 0;
    uint64_t gapsPassed = 0;     ///< left behind, since what comes after them does without
    uint64_t framesLeftOut = 0;  ///< whole, and without what they refer to
    uint64_t chainsBroken = 0;
    Duration delaySum;    ///< W3C jitterBufferDelay: last packet's arrival to hand-out, summed over framesOut…
    Duration targetSum;   ///< …W3C jitterBufferTargetDelay: what they were to wait behind the fastest…
    Duration minimumSum;  ///< …and jitterBufferMinimumDelay: without what they wait for sound
  };

  VideoJitterBuffer() : VideoJitterBuffer(Config()) {}
  explicit VideoJitterBuffer(const Config& config);

  void setRoundTripTime(Duration rtt);
  /// How long what is missing may take to come, where packets wait on the way: longer than the round trip is in the mean.
  void setRepairTime(Duration time);
  void setDelayLimits(Duration min, Duration max) { timing_.setDelayLimits(min, max); }
  /// Frames go out that much later than the path asks for; those that are held already when they were to.
  void setExtraDelay(Duration extra) { timing_.setExtraDelay(extra); }
  Duration extraDelay() const { return timing_.extraDelay(); }
  void receive(TimePoint now, Packet&& packet);
  /// Gives up all that is held: others need its room. Waits for a keyframe.
  void clear();
  /// The next frame when it is complete and due. `out.data` keeps its memory. Call until it says false.
  bool pop(TimePoint now, ReceivedFrame& out);
  /// When `pop` may have something to say though nothing arrives.
  TimePoint nextTimeout() const;
  /// Nothing that is held, or on its way, can be decoded: ask for a keyframe (again and again, limited, while this
  /// holds).
  bool needsKeyFrame() const { return state_ == State::kWaitingForKeyFrame && started_; }
  /// How long one of the size of the last would take to come, from its first packet to its last, by how fast the stream comes.
  Duration keyFrameTime() const { return rate_.timeFor(keyFrameBytes_); }

  State state() const { return state_; }
  size_t heldPackets() const { return held_.size(); }
  size_t heldBytes() const { return held_.size() * PacketBuffer::kCapacity; }
  /// Behind the fastest arrival, without what lip sync adds.
  Duration targetDelay() const { return timing_.targetDelay(); }
  const Stats& stats() const { return stats_; }
  /// See FrameTiming.
  std::optional<PlayoutPoint> takePlayed() { return timing_.takePlayed(); }

 private:
  // The frame at the head, when the scan has reached its end.
  struct Complete {
    int64_t end = 0;  // one past its last packet
    size_t bytes = 0;
    TimePoint received;
    FrameTiming::Due due;
  };

  /// A picture behind the gap at scan_, whole and decodable without what is missing.
  struct Beyond {
    int64_t start = 0;
    TimePoint due;
  };

  bool accept(const Packet& packet, int64_t& sequence);
  bool reachesBack(int64_t sequence, uint32_t timestamp);
  bool makeRoom(int64_t sequence);
  int64_t restart(uint16_t sequenceNumber);
  void noteKeyFrameStart(int64_t sequence);
  void advance();
  void noteGap();
  void resetScan();
  bool scanOne();
  bool stepOverParity();
  bool completeAt(int64_t end);
  bool leaveOut(int64_t end);
  bool passGap(TimePoint now);
  std::optional<Beyond> findBeyond() const;
  bool checkGap(TimePoint now);
  void giveUpHead();
  void startAt(int64_t keyFrameStart);
  void skipTo(int64_t sequence);
  void describe(ReceivedFrame& out) const;
  Duration gapLasts() const;
  void transition(State next) { state_ = next; }

  Config config_;
  FrameTiming timing_;
  HeldPackets held_;  // its head: flowing, the first packet of the frame that is next
  State state_ = State::kWaitingForKeyFrame;
  bool started_ = false;
  int64_t scan_ = 0;  // the first packet from the head on that was not looked at yet
  size_t scanBytes_ = 0;
  uint32_t scanTimestamp_ = 0;  // of the head frame, once its first packet was looked at
  TimePoint scanReceived_;
  bool scanRecovered_ = false;
  DecodableFrames frames_;
  DecodableFrames::Picture picture_;  // at the head, as far as it was looked at
  std::optional<Complete> complete_;
  std::optional<Beyond> beyond_;
  bool lookedBeyond_ = false;  // since the last packet
  std::optional<TimePoint> gapSince_;
  int32_t lastPictureId_ = -1;  // of the frame that ended at the head; -1: not known
  // The timestamp of a keyframe at the head whose start is a guess (an H.264 slice without its parameter sets): whether
  // the packet in front of it belongs to it is not known, and until it is, the frame is not whole.
  std::optional<uint32_t> guessedStart_;
  Duration repairTime_, wait_;
  ArrivalRate rate_;
  size_t keyFrameBytes_ = 0;  // of the last one
  Stats stats_;
};

}  // namespace tincan::inline v0::media

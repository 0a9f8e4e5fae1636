#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/sequence.h"
#include "base/time.h"
#include "media/jitter_buffer/playout_delay.h"
#include "media/jitter_buffer/playout_point.h"

namespace tincan::inline v0::media {

/// Puts the packets of one audio stream in order and plays them out evenly: each tick says what the decoder has to do.
/// Owned by the receiving track; knows no codec (the caller says how long a packet plays).
///
/// The cursor is the timestamp that is played at the next tick; it moves with the clock. It is set back (a stretch: the
/// delay grows) when what was concealed for being late comes after all, and in silence; it is set forward (a skip: the
/// delay shrinks) in silence, or over a packet now and then, when the delay is far above its target.
///
/// Where nothing else is held, the next packet is played however late it is: a path that has become longer, a sender
/// that paused with its clock, a clock that runs slow. Only what is held is ever skipped, so a delay that the path itself
/// has grown by costs no packet; a clock that runs fast fills the buffer and is skipped as fast as it does.
///
/// Where packets get lost, the target is one packet higher, so that the next one is there in time to repair from: with a
/// copy that the decoder finds in it, or one that came as a packet (RFC 2198), which is not late beside that.
///
/// An extra delay, for lip sync, comes on top of all that; where sound never pauses it is reached by a tick of
/// concealment now and then.
///
///     kIdle --first packet--> kFilling --target delay is over--> kPlaying --silent for 2 s--> kIdle
class AudioJitterBuffer {
 public:
  enum class State : uint8_t { kIdle, kFilling, kPlaying };
  struct Config {
    uint32_t clockRate = 48000;
    Duration minDelay = Duration::millis(20);
    Duration maxDelay = Duration::millis(200);
    Duration tick = Duration::millis(20);
    size_t maxPackets = 200;
    bool timeStretch = false;  ///< the player heeds Playout::stretch
  };
  /// What the delay would have of the packet that is played.
  enum class Stretch : uint8_t { kNone, kShorter, kMuchShorter, kLonger };
  struct Packet {
    uint16_t sequenceNumber = 0;
    uint32_t timestamp = 0;
    uint32_t samples = 960;  ///< how long it plays, at the clock rate
    bool dtx = false;        ///< silence may follow it
    bool copy = false;  ///< out of a later packet, in the place of one that was lost: late, and not for the line's sake
    uint8_t payloadType = 0;
    ByteView payload;  ///< points into `buffer`
    PacketBuffer buffer;
  };
  enum class Kind : uint8_t {
    kPacket,
    kMissing,  ///< conceal `samples`
    kNothing,  ///< not started, or silence: play none (or comfort noise) for `samples`
  };
  struct Playout {
    Kind kind = Kind::kNothing;
    uint32_t timestamp = 0;
    uint32_t samples = 0;
    ByteView payload;         ///< kPacket: points into `buffer`
    uint8_t payloadType = 0;  ///< of `payload`, or of `nextPayload`
    PacketBuffer buffer;
    /// kMissing: the packet right behind the missing one where it is held already, for in-band FEC. Good until the next
    /// call.
    ByteView nextPayload;
    bool inserted = false;             ///< kMissing: nothing is, the delay is to grow
    Stretch stretch = Stretch::kNone;  ///< kPacket: tell stretched() what became of it
    /// kPacket: so much right before it was never sent, though the timestamps went on (DTX).
    uint32_t pause = 0;
  };
  struct Stats {
    uint64_t packets = 0;  ///< taken
    uint64_t played = 0;
    uint64_t late = 0;  ///< came after their place was played or skipped
    uint64_t duplicates = 0;
    uint64_t overflows = 0;
    uint64_t resets = 0;
    uint64_t skipped = 0;  ///< packets left out to shrink the delay
    uint64_t concealedSamples = 0;
    uint64_t concealmentEvents = 0;
    uint64_t stretchedSamples = 0;  ///< kMissing though nothing was: to reach the extra delay
    uint64_t insertedSamples = 0;   ///< by stretched()
    uint64_t removedSamples = 0;
    uint64_t silentSamples = 0;   ///< kNothing while playing
    uint64_t emittedSamples = 0;  ///< W3C jitterBufferEmittedCount
    Duration delaySum;    ///< W3C jitterBufferDelay, weighted by samples: average is delaySum / emittedSamples…
    Duration targetSum;   ///< …W3C jitterBufferTargetDelay…
    Duration minimumSum;  ///< …and jitterBufferMinimumDelay: what the network alone asks for
  };

  AudioJitterBuffer() : AudioJitterBuffer(Config()) {}
  explicit AudioJitterBuffer(const Config& config);

  void setDelayLimits(Duration min, Duration max) { delay_.setLimits(min, max); }
  /// Plays that much later than the path asks for, as far as half of `maxPackets` reaches.
  void setExtraDelay(Duration extra) { extra_ = std::max(extra, Duration::zero()); }
  Duration extraDelay() const { return extra_; }
  /// The delay that the application would like to have at the least (W3C jitterBufferTarget), as far as three quarters
  /// of `maxPackets` reach.
  void setFloor(Duration floor) { floor_ = std::max(floor, Duration::zero()); }
  Duration floor() const { return floor_; }
  void receive(TimePoint now, Packet packet);
  /// A packet that is no sound and has no place of its own in time: its number is not missing.
  void pass(TimePoint now, uint16_t sequenceNumber);
  /// Gives up all that is held: others need its room. Begins anew with the next packet.
  void clear();
  /// What to play now; false when no tick is due. Call until it says false.
  bool pop(TimePoint now, Playout& out);
  /// What was popped last was made longer by so many samples, or shorter (negative); 0 if it could not be.
  void stretched(int64_t samples);
  TimePoint nextTimeout() const;

  const Config& config() const { return config_; }
  State state() const { return state_; }
  size_t size() const { return packets_.size(); }
  Duration targetDelay() const;
  /// How far behind the fastest arrival the stream is played.
  Duration currentDelay() const;
  /// What is played next; nothing while nothing is.
  std::optional<PlayoutPoint> playing() const;
  const Stats& stats() const { return stats_; }

 private:
  struct Held {
    int64_t sequence = 0;
    int64_t timestamp = 0;
    TimePoint received;
    Packet packet;
    int64_t end() const { return timestamp + packet.samples; }
  };

  void place(TimePoint now, const Packet& packet, int64_t& sequence, int64_t& timestamp);
  bool hasBegunAnew(TimePoint now, const Packet& packet) const;
  void restart();
  bool insert(TimePoint now, Held held);
  bool played(const Held& held) const { return playedSequence_ && held.sequence <= *playedSequence_; }
  void makeUpForLate(TimePoint now, const Held& held);
  bool oldNumbersGoOn(TimePoint now, int64_t sequence);
  void catchUp(TimePoint now);
  void shrink(TimePoint now);
  Duration networkTarget() const;
  Duration ownTarget() const;
  Duration possibleExtra() const;
  Duration heldAtMost(size_t packets) const;
  Duration excess() const;
  bool insertTick(TimePoint now, Playout& out);
  Stretch wish(TimePoint now);
  bool stretches(TimePoint now) const;
  void skipFront();
  bool betweenPackets() const { return packets_.empty() || packets_.front().timestamp > cursor_; }
  bool silence() const;
  bool goesOn(int64_t sequence) const;
  void play(TimePoint now, Playout& out);
  void fill(TimePoint now, Playout& out);
  void tickBy(uint32_t samples, bool moveCursor);
  uint32_t toSamples(Duration d) const { return static_cast<uint32_t>(d.micros() * config_.clockRate / 1'000'000); }
  Duration toDuration(int64_t samples) const { return Duration::micros(samples * 1'000'000 / config_.clockRate); }
  void transition(State next) { state_ = next; }

  Config config_;
  PlayoutDelay delay_;
  State state_ = State::kIdle;
  SequenceUnwrapper<uint16_t> sequences_;
  SequenceUnwrapper<uint32_t> timestamps_;
  std::vector<Held> packets_;  // by timestamp; few, and it keeps its memory, as a deque does not
  int64_t cursor_ = 0;
  std::optional<int64_t> playedSequence_;  // played or skipped: nothing before it is taken
  bool playedDtx_ = false;
  TimePoint nextTick_;
  int64_t tickRemainder_ = 0;  // parts of a microsecond, in 1/clockRate: ticks do not drift at odd clock rates
  TimePoint lastArrival_;
  TimePoint lastSkip_;
  TimePoint lastStretch_;
  std::optional<TimePoint> wishSince_;  // that has not been heeded
  uint32_t poppedSamples_ = 0;          // of the packet that was played last
  std::array<int64_t, 8> passed_{};     // numbers that are no sound: the last ones, by their lowest bits
  std::optional<int64_t> playedEnd_;    // the timestamp behind it
  TimePoint lastPassed_;
  Duration extra_;
  Duration floor_;
  uint32_t emptySamples_ = 0;  // filled since the last packet played
  bool concealing_ = false;
  TimePoint repairUntil_;  // packets got lost lately
  uint32_t lastSamples_ = 0;
  int64_t lateSequence_ = 0;  // the last of a run of old numbers, and when that run began
  std::optional<TimePoint> lateSince_;
  Stats stats_;
};

}  // namespace tincan::inline v0::media

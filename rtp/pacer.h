#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/packet_buffer.h"
#include "base/ring.h"
#include "base/strong_id.h"
#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Spreads over time what the senders of one transport make in bursts: a key frame that left at once would fill the
/// queue of the slowest link on the way, and lose its own tail there, and the sound behind it would wait.
///
///     push ─► lane ─┐
///     push ─► lane ─┼ in turns ─► kAudio           ──────────────────────────────┐
///             …     ┘             kRetransmission  ─┐                            │
///                                 kVideo           ─┼► bucket of 10 ms ─► gate ──┴─► poll
///                                 kPadding         ─┘   filled at the rate; opens for 5 ms' worth, or for all there is
///
/// - The highest priority goes first, and lanes of one priority packet by packet in turns. Within a lane order is kept.
/// - Sound leaves when it is polled, whatever the bucket holds, and is paid for out of it: it never waits.
/// - The bucket may be overdrawn by a packet. On average, and over each long window, the rate is kept exactly.
/// - The gate makes batches: SRTP's multi-buffer engine, sendmmsg and GSO live on packets that leave together.
/// - Nothing waits longer than `maxQueueTime` (while there is a rate): the rate rises by what that needs, until nothing
///   waits any more.
/// - A probe cluster goes at its own rate, whatever the bucket holds, and its bytes are paid for like others.
/// - Padding is asked for (`paddingDue`) where a cluster lacks bytes, or where all that leaves is less than the padding
///   rate; whoever owns the pacer pushes it, or says `noPadding`.
/// - Each priority holds at most `maxPackets`; one more is refused. Who has packets that are of use only together asks
///   for `room` first.
///
/// Sizes are those of the packets pushed: plain RTP. Owned by whoever joins the senders of a transport; holds the
/// handles, copies and allocates nothing once its rings have grown.
class Pacer {
 public:
  enum class Priority : uint8_t { kAudio, kRetransmission, kVideo, kPadding };
  using Lane = StrongId<struct PacerLaneTag, uint32_t>;

  struct Config {
    /// Off: all leaves when it is polled, in order of priority.
    bool enabled = true;
    /// 4 MiB of slots, as much as a stream keeps for retransmission: 16 s of a 1 Mb/s call.
    size_t maxPackets = 2048;
    /// ITU-T G.114: 400 ms of one-way delay is the most to plan with; what waits longer here is no conversation any
    /// more, whatever the path adds. (libwebrtc lets packets wait 2 s.) Most key frames take less than this.
    Duration maxQueueTime = Duration::millis(400);
  };
  struct Counters {
    uint64_t refused = 0;  ///< its priority was full
    uint64_t dropped = 0;  ///< its lane was closed
  };
  struct Leaving {
    Lane lane;
    PacketBuffer packet;
    TimePoint queued;
    uint32_t probeCluster = 0;  ///< that it is part of; 0: none
  };
  /// A cluster sends at least so many packets, and so many bytes: its rate for 15 ms, say.
  struct Probe {
    uint32_t cluster = 0;  ///< from 1
    uint64_t rate = 0;     ///< bits a second
    uint32_t packets = 5;
    uint64_t bytes = 0;
  };

  // At 2.5 Mb/s one or two packets, at 50 Mb/s a batch of thirty. libwebrtc's pacer woke each 5 ms, and no queue on the
  // way has been small enough to mind; its later 40 ms of burst would be a dozen packets at 2.5 Mb/s, more than some do
  // hold.
  static constexpr Duration kBurst = Duration::millis(5);

  explicit Pacer(const Config& config) : config_(config) {}

  Lane open(Priority priority);
  /// Drops what waits.
  void close(Lane lane);

  /// In bits a second, from when this was last polled or pushed to. 0: only sound leaves.
  void setPacingRate(uint64_t bitsPerSecond);
  /// False when it was refused.
  bool push(TimePoint now, Lane lane, PacketBuffer packet);
  /// The next packet that may leave now. `now` never runs backwards.
  bool poll(TimePoint now, Leaving& out);
  TimePoint nextTimeout() const;

  /// What leaves in one go while more waits. Less than 5 ms for a queue on the way that marks what a batch adds to it.
  void setBurst(Duration burst) { burst_ = std::clamp(burst, kLeastBurst, kBurst); }
  /// Filled up to with padding; 0: none.
  void setPaddingRate(uint64_t bitsPerSecond) { paddingRate_ = std::min(bitsPerSecond, kMostRate); }
  /// Waits for those before it; false when too many do.
  bool startProbe(TimePoint now, const Probe& probe);
  /// How many bytes of padding are to be pushed now: after `poll` has given all there is. 0: none.
  size_t paddingDue(TimePoint now);
  /// There is no padding to be had: the cluster at hand ends, and it is not asked for again soon.
  void noPadding(TimePoint now);
  bool probing() const { return !probes_.empty(); }

  /// How many more packets will be taken.
  size_t room(Lane lane) const;
  /// How many wait in this lane.
  size_t waiting(Lane lane) const { return lanes_[lane.value()].waiting.size(); }
  size_t packets() const { return queues_[0].packets + pacedPackets_; }
  /// The rate in force: what was set, or what the queue time asks for.
  uint64_t rate() const { return rate_ == 0 ? 0 : raised_ > rate_ ? raised_ : rate_; }
  const Counters& counters() const { return counters_; }

 private:
  static constexpr size_t kPriorities = 4;
  static constexpr Duration kLeastBurst = Duration::micros(500);
  static constexpr size_t kMostProbes = 4;
  static constexpr uint64_t kMostRate = 100'000'000'000;  // products with the bucket's time stay within 64 bits
  struct RunningProbe {
    Probe probe;
    TimePoint began = TimePoint::never();  // with its first packet
    TimePoint asked;
    uint32_t packets = 0;
    uint64_t bytes = 0;
  };
  struct Entry {
    PacketBuffer packet;
    TimePoint queued;
  };
  struct LaneState {
    Priority priority = Priority::kVideo;
    bool open = false;
    Ring<Entry> waiting{};
  };
  struct Queue {
    Ring<uint32_t> turns{};  // lanes in which something waits, the next one first
    size_t packets = 0;
  };

  Queue& queueOf(Priority priority) { return queues_[static_cast<size_t>(priority)]; }
  bool gateIsOpen(TimePoint now);
  bool take(Queue& queue, Leaving& out);
  bool takePaced(TimePoint now, Leaving& out, bool probe);
  void noteLeft(TimePoint now, Leaving& out, bool paced);
  TimePoint probeDue() const;
  TimePoint paddingAt() const;
  void dropStaleProbes(TimePoint now);
  void leftPaced(size_t bytes);
  void settle(TimePoint now) {
    if (now > settled_) refill(now);
  }
  void refill(TimePoint now);
  void limitQueueTime(TimePoint now);
  int64_t bucket() const;
  int64_t opensAt() const;

  Config config_;
  std::vector<LaneState> lanes_;
  std::array<Queue, kPriorities> queues_;
  uint64_t rate_ = 0;
  uint64_t raised_ = 0;      // while something waits that the rate would keep for too long
  int64_t budget_ = 0;       // in the bucket, in millionths of a bit: a bit a second for a microsecond
  TimePoint settled_;        // when it was that
  TimePoint oldest_;         // when what waits longest (or longer than anything) was pushed; sound aside
  size_t pacedPackets_ = 0;  // that wait; sound aside
  uint64_t pacedBytes_ = 0;
  bool gateOpen_ = false;
  Duration burst_ = kBurst;
  Ring<RunningProbe> probes_;
  uint64_t paddingRate_ = 0;
  int64_t paddingBudget_ = 0;  // as budget_: what padding may fill
  TimePoint paddingSettled_;
  Counters counters_;
};

}  // namespace tincan::inline v0::rtp

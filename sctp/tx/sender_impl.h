#pragma once

#include <memory>
#include <vector>

#include "sctp/chunk/forward_tsn.h"
#include "sctp/tx/congestion/congestion_controller.h"
#include "sctp/tx/delivery_rate.h"
#include "sctp/tx/outbound_message.h"
#include "sctp/tx/pacer.h"
#include "sctp/tx/rack_tlp.h"
#include "sctp/tx/retransmission_queue.h"
#include "sctp/tx/rtt_estimator.h"
#include "sctp/tx/send_queue.h"
#include "sctp/tx/sender.h"

namespace tincan::inline v0::sctp {

inline constexpr size_t kCommonHeader = 12;  // RFC 9260 §3.1

/// Joins the parts of the sending half, and has its timers:
///
///     T3      runs while anything is outstanding (RFC 9260 §6.3.2): what is lost beyond finding, and FORWARD-TSNs
///     tail    two round trips after the last chunk, outside of recovery: a probe (RFC 8985 §7)
///     reorder a chunk may be lost, or only late (RFC 8985 §6.2)
///     pacer   the next batch
class Sender::Impl final : RetransmissionQueue::Observer {
 public:
  explicit Impl(const SenderConfig& config);

  void start(TimePoint now, const SenderStart& start);
  void restart(TimePoint now, const SenderStart& start);
  SackStatus onSack(TimePoint now, const SackChunk& sack, bool window);
  void onRttSample(TimePoint now, Duration rtt) { rtt_.onSample(now, rtt), setPace(); }
  bool ready(TimePoint now) const;
  size_t fill(TimePoint now, ByteWriter& packet);
  TimePoint nextTimeout() const;
  void handleTimeout(TimePoint now);
  void setMaxPacket(size_t bytes);
  SenderStats stats() const;

  SenderConfig config;
  MessagePool pool;
  SendQueue queue{config, pool};
  RetransmissionQueue outstanding{queue};
  bool started = false;
  unsigned consecutiveTimeouts = 0;

 private:
  enum class Probe : uint8_t { kNone, kDue, kSent };
  using Found = OutstandingChunk::Found;

  void onAcked(int64_t tsn, const OutstandingChunk& chunk, RetransmissionQueue::State was) override;
  void reset(TimePoint now, const SenderStart& start);

  bool hasLost() const { return chunks().firstLost() != OutstandingChunks::kNone; }
  bool mayAdd() const;
  bool windowOpen() const;
  bool mayTransmit() const { return windowOpen() && (hasLost() || mayAdd()); }
  size_t room(const ByteWriter& packet) const;

  void writeForwardTsn(TimePoint now, ByteWriter& packet);
  bool writeLost(TimePoint now, ByteWriter& packet);
  bool writeNew(TimePoint now, ByteWriter& packet);
  void writeProbe(TimePoint now, ByteWriter& packet);
  bool writeChunk(TimePoint now, int64_t tsn, ByteWriter& packet);
  void finishPacket(TimePoint now, ByteWriter& packet, size_t start);
  void noteLimits(TimePoint now);
  void giveUpExpired(TimePoint now);

  void applyLosses(TimePoint now, Found found);
  void detectLosses(TimePoint now, Found found);
  void enterRecovery(TimePoint now);
  void noteDuplicates(TimePoint now, const SackChunk& sack);
  void judgeProbe(TimePoint now, const SackChunk& sack);
  void armAfterSack(TimePoint now, bool advanced);
  void adapt(TimePoint now, size_t inFlightBefore, size_t ackedBytes);
  void onT3(TimePoint now);
  bool mayProbe(TimePoint now) const;
  void armTail(TimePoint now);
  void armT3(TimePoint now) { t3_ = now + rtt_.rto(); }
  void setPace();
  RackTlp::Round round(TimePoint now) const;
  Duration minRtt() const { return rtt_.measured() ? rtt_.minimum() : Duration::zero(); }
  const OutstandingChunks& chunks() const { return outstanding.chunks(); }

  RttEstimator rtt_;
  RackTlp rack_;
  DeliveryRate delivery_;
  Pacer pacer_;
  std::unique_ptr<CongestionController> congestion_;

  size_t peerWindow_ = 0;    // what the last SACK left beyond what is in flight
  bool windowShut_ = false;  // the last SACK had less than a chunk's room
  TimePoint t3_ = TimePoint::never();
  TimePoint tail_ = TimePoint::never();
  TimePoint reorder_ = TimePoint::never();

  // A reduction stands for all that was sent before it (as RFC 9002 §7.3.2 has it).
  bool inRecovery_ = false;
  TimePoint recoveryStart_{};
  int64_t recoveryEnd_ = 0;  // the next TSN at its start
  int64_t suspected_ = 0;    // chunks found lost since its start, less those that had come after all
  bool undoable_ = false;

  Probe probe_ = Probe::kNone;
  int64_t probeEnd_ = 0;                          // what has to be acknowledged before the next probe
  int64_t probedTsn_ = OutstandingChunks::kNone;  // that the probe sent again
  TimePoint probedAt_{};
  bool promptTail_ = false;  // the last chunk had the I bit
  bool forceOne_ = false;    // one packet whatever the window
  bool forwardTsnDue_ = false;
  TimePoint forwardTsnAt_{};  // when it was sent last
  TimePoint limitedAt_{};     // when the window was full
  bool everLimited_ = false;
  int64_t skippedTo_ = 0;  // what the last FORWARD-TSN was about
  uint64_t resent_ = 0;    // chunks sent again, ever

  // Of one SACK.
  TimePoint sackTime_{};
  std::optional<Duration> sampleRtt_;
  TimePoint newestSentAt_{};
  int64_t newestAcked_ = 0;

  std::vector<int64_t> lost_;
  size_t lastChunkAt_ = 0;  // in the packet being written; 0: none yet
  bool askedAtOnce_ = false;
  ForwardTsnChunk forwardTsn_;
  SenderStats counts_;
};

}  // namespace tincan::inline v0::sctp

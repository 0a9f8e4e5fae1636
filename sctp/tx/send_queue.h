#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/ring.h"
#include "base/time.h"
#include "sctp/tx/outbound_message.h"
#include "sctp/tx/sender.h"
#include "sctp/tx/stream_scheduler.h"

namespace tincan::inline v0::sctp {

/// The messages that wait, by stream, and fragments of them as packets have room. With DATA a message is cut to its end
/// before the next one of any stream begins (RFC 8260 §1: fragments of two messages cannot be told apart otherwise);
/// with I-DATA the scheduler decides at each fragment.
class SendQueue {
 public:
  struct Fragment {
    OutboundMessage* message = nullptr;
    uint32_t offset = 0;
    uint32_t size = 0;
    uint32_t fsn = 0;
    bool begin = false;
    bool end = false;
  };

  SendQueue(const SenderConfig& config, MessagePool& pool)
      : config_(config), pool_(pool), scheduler_(config.scheduler) {}

  void setInterleaving(bool on) { interleaving_ = on; }

  Sender::SendStatus add(TimePoint now, StreamId stream, uint32_t ppid, Bytes&& message, const SendOptions& options);
  /// Whether something could be cut: an expired message counts until next() or dropExpired() has seen it.
  bool empty() const { return !current_ && scheduler_.empty(); }
  /// Lets messages go that have outlived their time before any of them was sent. Returns how many.
  size_t dropExpired(TimePoint now);
  /// Of the next message: nullptr when there is none.
  OutboundMessage* front() const { return empty() ? nullptr : current()->head; }
  /// The next fragment, of `room` bytes at most. nullopt: nothing waits, or what waits would be cut into less than
  /// `least` bytes.
  std::optional<Fragment> next(size_t room, size_t least);

  /// What is left of a message is not sent: it has been given up. True when fragments of it were cut, but not all.
  bool abandon(OutboundMessage& message);
  /// All of a message's fragments are done with.
  void finish(OutboundMessage& message);
  /// What the peer lost by its restart, in the order in which it was sent, goes to the front once more.
  void restart(std::span<OutboundMessage* const> unacknowledged);

  void setPriority(StreamId stream, uint16_t priority);
  size_t bufferedAmount(StreamId stream) const;
  size_t bufferedAmount() const { return buffered_; }
  /// With what was cut and not finished.
  size_t heldBytes() const { return held_; }
  std::optional<StreamId> pollAmountFell();

  void pauseStreams(std::span<const StreamId> streams);
  std::optional<StreamId> pollQuiet();
  bool quiet(StreamId stream) const;
  void resetStreams(std::span<const StreamId> streams);
  void resumeStreams(std::span<const StreamId> streams);
  size_t streams() const { return streams_.size(); }

 private:
  OutboundStream& streamOf(StreamId id);
  OutboundStream* find(StreamId id) const;
  OutboundStream* current() const { return current_ ? current_ : scheduler_.front(); }
  static void append(OutboundMessage*& head, OutboundMessage*& tail, OutboundMessage* message);
  void popHead(OutboundStream& stream);
  void noteFall(OutboundStream& stream, size_t bytes);
  void noteQuiet(OutboundStream& stream);
  void release(OutboundMessage& message);
  void fromBeginning(OutboundMessage& message);
  void resume(OutboundStream& stream);

  const SenderConfig& config_;
  MessagePool& pool_;
  StreamScheduler scheduler_;
  bool interleaving_ = false;
  std::unordered_map<StreamId, std::unique_ptr<OutboundStream>> streams_;
  OutboundStream* current_ = nullptr;  // DATA: whose message is begun; the scheduler does not have it
  size_t buffered_ = 0;
  size_t held_ = 0;
  Ring<StreamId> fell_;
  Ring<StreamId> quiet_;
};

}  // namespace tincan::inline v0::sctp

#include "sctp/tx/send_queue.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::sctp {
namespace {

constexpr uint32_t kSsnMask = 0xffff;  // RFC 9260 §3.3.1

}  // namespace

Sender::SendStatus SendQueue::add(TimePoint now, StreamId id, uint32_t ppid, Bytes&& data, const SendOptions& options) {
  if (data.empty()) return Sender::SendStatus::kEmpty;
  // One message may stand over the bound, so that any size can be sent; no second one.
  if (held_ > 0 && held_ + data.size() > config_.sendBuffer) return Sender::SendStatus::kFull;
  if (pool_.used() >= config_.maxMessages) return Sender::SendStatus::kFull;
  OutboundStream& stream = streamOf(id);
  OutboundMessage* message = pool_.make();
  message->stream = &stream;
  message->data = std::move(data);
  message->ppid = ppid;
  message->ordered = options.ordered;
  message->acknowledgeAtOnce = options.acknowledgeAtOnce;
  message->maxRetransmits = options.maxRetransmits;
  if (options.maxLifetimeMillis) message->deadline = now + Duration::millis(*options.maxLifetimeMillis);
  buffered_ += message->data.size();
  held_ += message->data.size();
  stream.buffered += message->data.size();
  if (stream.paused) {
    append(stream.waitingHead, stream.waitingTail, message);
    return Sender::SendStatus::kSent;
  }
  append(stream.head, stream.tail, message);
  ++stream.unfinished;
  if (&stream != current_) scheduler_.add(stream);
  return Sender::SendStatus::kSent;
}

size_t SendQueue::dropExpired(TimePoint now) {
  size_t dropped = 0;
  while (OutboundMessage* message = front()) {
    if (message->begun() || !message->expired(now)) break;
    OutboundStream& stream = *message->stream;  // the scheduler's front: what current_ has is begun
    popHead(stream);
    noteFall(stream, message->data.size());
    --stream.unfinished;
    release(*message);
    if (!stream.head) scheduler_.remove(stream);
    noteQuiet(stream);
    ++dropped;
  }
  return dropped;
}

std::optional<SendQueue::Fragment> SendQueue::next(size_t room, size_t least) {
  OutboundMessage* message = front();
  if (!message) return std::nullopt;
  const size_t left = message->data.size() - message->cut;
  const size_t size = std::min(room, left);
  if (size == 0 || (size < left && size < least)) return std::nullopt;
  OutboundStream& stream = current_ ? *std::exchange(current_, nullptr) : *scheduler_.take();
  if (!message->begun()) {
    // RFC 9260 §3.3.1: an unordered DATA chunk's SSN means nothing.
    if (message->ordered) {
      message->mid = interleaving_ ? stream.nextMid++ : stream.nextMid++ & kSsnMask;
    } else if (interleaving_) {
      message->mid = stream.nextUnorderedMid++;
    }
  }
  const Fragment fragment{message,
                          static_cast<uint32_t>(message->cut),
                          static_cast<uint32_t>(size),
                          message->fragments,
                          !message->begun(),
                          size == left};
  message->cut += size;
  ++message->fragments;
  ++message->held;
  noteFall(stream, size);
  scheduler_.charge(stream, size);
  if (fragment.end) popHead(stream);
  if (!fragment.end && !interleaving_) {
    current_ = &stream;
  } else if (stream.head) {
    scheduler_.add(stream);
  }
  return fragment;
}

bool SendQueue::abandon(OutboundMessage& message) {
  if (message.abandoned) return false;
  message.abandoned = true;
  OutboundStream& stream = *message.stream;
  const bool partly = !message.allCut();
  if (partly) {  // only the head of a stream is
    popHead(stream);
    noteFall(stream, message.data.size() - message.cut);
    if (current_ == &stream) {
      current_ = nullptr;
      if (stream.head) scheduler_.add(stream);
    } else if (!stream.head) {
      scheduler_.remove(stream);
    }
  }
  held_ -= message.data.size();
  message.data = Bytes();  // finish() gives the rest back
  message.cut = 0;
  return partly;
}

void SendQueue::finish(OutboundMessage& message) {
  OutboundStream& stream = *message.stream;
  --stream.unfinished;
  release(message);
  noteQuiet(stream);
}

void SendQueue::restart(std::span<OutboundMessage* const> unacknowledged) {
  current_ = nullptr;
  scheduler_.clear();
  for (auto& [id, stream] : streams_) {
    if (stream->head) fromBeginning(*stream->head);
  }
  for (size_t i = unacknowledged.size(); i-- > 0;) {
    OutboundMessage* message = unacknowledged[i];
    if (!message->allCut()) continue;  // it was its stream's head, and still is there
    OutboundStream& stream = *message->stream;
    message->next = stream.head;
    stream.head = message;
    if (!stream.tail) stream.tail = message;
    fromBeginning(*message);
  }
  for (auto& [id, stream] : streams_) {
    stream->nextMid = stream->nextUnorderedMid = 0;
    resume(*stream);
    if (stream->head) scheduler_.add(*stream);
  }
}

void SendQueue::fromBeginning(OutboundMessage& message) {
  message.stream->buffered += message.cut;
  buffered_ += message.cut;
  message.cut = 0;
  message.fragments = message.held = 0;
}

void SendQueue::setPriority(StreamId id, uint16_t priority) {
  scheduler_.setPriority(streamOf(id), priority);
}

size_t SendQueue::bufferedAmount(StreamId id) const {
  const OutboundStream* stream = find(id);
  return stream ? stream->buffered : 0;
}

std::optional<StreamId> SendQueue::pollAmountFell() {
  StreamId id;
  if (!fell_.take(id)) return std::nullopt;
  if (OutboundStream* stream = find(id)) stream->fellNoted = false;
  return id;
}

void SendQueue::pauseStreams(std::span<const StreamId> streams) {
  for (const StreamId id : streams) {
    OutboundStream& stream = streamOf(id);
    stream.paused = true;
    noteQuiet(stream);
  }
}

std::optional<StreamId> SendQueue::pollQuiet() {
  StreamId id;
  while (quiet_.take(id)) {
    OutboundStream* stream = find(id);
    if (stream && stream->paused) return id;
  }
  return std::nullopt;
}

bool SendQueue::quiet(StreamId id) const {
  const OutboundStream* stream = find(id);
  return !stream || stream->unfinished == 0;
}

void SendQueue::resetStreams(std::span<const StreamId> streams) {
  for (const StreamId id : streams) {
    OutboundStream* stream = find(id);
    if (!stream) continue;
    stream->nextMid = stream->nextUnorderedMid = 0;
    resume(*stream);
    if (stream->unfinished == 0 && !stream->scheduled) streams_.erase(id);
  }
}

void SendQueue::resumeStreams(std::span<const StreamId> streams) {
  for (const StreamId id : streams) {
    if (OutboundStream* stream = find(id)) resume(*stream);
  }
}

void SendQueue::resume(OutboundStream& stream) {
  stream.paused = stream.quietNoted = false;
  while (OutboundMessage* message = stream.waitingHead) {
    stream.waitingHead = message->next;
    message->next = nullptr;
    append(stream.head, stream.tail, message);
    ++stream.unfinished;
  }
  stream.waitingTail = nullptr;
  if (stream.head && &stream != current_) scheduler_.add(stream);
}

OutboundStream& SendQueue::streamOf(StreamId id) {
  std::unique_ptr<OutboundStream>& stream = streams_[id];
  if (!stream) {
    stream = std::make_unique<OutboundStream>();
    stream->id = id;
  }
  return *stream;
}

OutboundStream* SendQueue::find(StreamId id) const {
  const auto it = streams_.find(id);
  return it == streams_.end() ? nullptr : it->second.get();
}

void SendQueue::append(OutboundMessage*& head, OutboundMessage*& tail, OutboundMessage* message) {
  (head ? tail->next : head) = message;
  tail = message;
}

void SendQueue::popHead(OutboundStream& stream) {
  OutboundMessage* message = stream.head;
  stream.head = message->next;
  message->next = nullptr;
  if (!stream.head) stream.tail = nullptr;
}

void SendQueue::noteFall(OutboundStream& stream, size_t bytes) {
  stream.buffered -= bytes;
  buffered_ -= bytes;
  if (stream.fellNoted) return;
  stream.fellNoted = true;
  fell_.pushBack(stream.id);
}

void SendQueue::noteQuiet(OutboundStream& stream) {
  if (!stream.paused || stream.unfinished > 0 || stream.quietNoted) return;
  stream.quietNoted = true;
  quiet_.pushBack(stream.id);
}

void SendQueue::release(OutboundMessage& message) {
  held_ -= message.data.size();
  pool_.release(&message);
}

}  // namespace tincan::inline v0::sctp

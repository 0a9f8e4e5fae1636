#include "sctp/tx/stream_scheduler.h"

#include <algorithm>

namespace tincan::inline v0::sctp {
namespace {

// Bytes are scaled so that a small message over a large weight still counts.
constexpr uint64_t kScale = 1024;

}  // namespace

bool StreamScheduler::before(const OutboundStream* a, const OutboundStream* b, SchedulerKind kind) {
  if (kind == SchedulerKind::kPriority && a->priority != b->priority) return a->priority > b->priority;
  if (a->tag != b->tag) return a->tag < b->tag;
  return a->turn < b->turn;
}

void StreamScheduler::add(OutboundStream& stream) {
  if (stream.scheduled) return;
  stream.scheduled = true;
  stream.tag = std::max(stream.tag, virtualTime_);
  stream.turn = ++turn_;
  heap_.push_back(&stream);
  std::push_heap(heap_.begin(), heap_.end(), [this](auto* a, auto* b) { return before(b, a, kind_); });
}

OutboundStream* StreamScheduler::take() {
  OutboundStream* stream = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end(), [this](auto* a, auto* b) { return before(b, a, kind_); });
  heap_.pop_back();
  stream->scheduled = false;
  if (kind_ == SchedulerKind::kWeightedFair) virtualTime_ = std::max(virtualTime_, stream->tag);
  return stream;
}

void StreamScheduler::charge(OutboundStream& stream, size_t bytes) {
  if (kind_ == SchedulerKind::kPriority) {
    stream.tag = ++turn_;
  } else {
    stream.tag += bytes * kScale / std::max<uint64_t>(stream.priority, 1) + 1;
  }
}

void StreamScheduler::remove(OutboundStream& stream) {
  if (!stream.scheduled) return;
  stream.scheduled = false;
  std::erase(heap_, &stream);
  rebuild();
}

void StreamScheduler::setPriority(OutboundStream& stream, uint16_t priority) {
  stream.priority = priority;
  if (stream.scheduled && kind_ == SchedulerKind::kPriority) rebuild();
}

void StreamScheduler::clear() {
  for (OutboundStream* stream : heap_) stream->scheduled = false;
  heap_.clear();
}

void StreamScheduler::rebuild() {
  std::make_heap(heap_.begin(), heap_.end(), [this](auto* a, auto* b) { return before(b, a, kind_); });
}

}  // namespace tincan::inline v0::sctp

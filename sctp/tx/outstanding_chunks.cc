#include "sctp/tx/outstanding_chunks.h"

#include <utility>

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kFirstSlots = 2;
constexpr size_t kKeptSlots = 64;  // 100 bytes each: what an association that is idle may have
constexpr size_t kNoList = 2;

constexpr size_t listOf(OutstandingChunk::State state) {
  switch (state) {
    case OutstandingChunk::State::kInFlight: return 0;
    case OutstandingChunk::State::kLost: return 1;
    case OutstandingChunk::State::kAcked:
    case OutstandingChunk::State::kAbandoned: break;
  }
  return kNoList;
}

}  // namespace

void OutstandingChunks::reset(int64_t first) {
  first_ = end_ = first;
  acked_ = 0;
  for (size_t i = 0; i < kNoList; ++i) {
    lists_[i] = List();
    bytes_[i] = counts_[i] = 0;
  }
}

int64_t OutstandingChunks::push(const OutstandingChunk& chunk, State state) {
  if (size() == chunks_.size()) grow();
  const int64_t tsn = end_++;
  at(tsn) = chunk;
  states_[slot(tsn)] = state;
  if (listOf(state) != kNoList) link(tsn, listOf(state));
  return tsn;
}

void OutstandingChunks::popFront() {
  const size_t list = listOf(state(first_));
  if (list != kNoList) unlink(first_, list);
  acked_ -= state(first_) == State::kAcked;
  ++first_;
  if (!empty() || chunks_.size() <= kKeptSlots) return;
  chunks_ = std::vector<OutstandingChunk>();
  states_ = std::vector<State>();
}

void OutstandingChunks::setState(int64_t tsn, State next) {
  const size_t from = listOf(state(tsn));
  const size_t to = listOf(next);
  if (from != kNoList) unlink(tsn, from);
  acked_ -= state(tsn) == State::kAcked;
  acked_ += next == State::kAcked;
  states_[slot(tsn)] = next;
  if (to != kNoList) link(tsn, to);
}

void OutstandingChunks::grow() {
  const size_t larger = chunks_.empty() ? kFirstSlots : 2 * chunks_.size();
  std::vector<OutstandingChunk> chunks(larger);
  std::vector<State> states(larger);
  for (int64_t tsn = first_; tsn < end_; ++tsn) {
    const size_t to = static_cast<size_t>(tsn) & (larger - 1);
    chunks[to] = at(tsn);
    states[to] = state(tsn);
  }
  chunks_ = std::move(chunks);
  states_ = std::move(states);
}

void OutstandingChunks::link(int64_t tsn, size_t list) {
  OutstandingChunk& chunk = at(tsn);
  List& ends = lists_[list];
  chunk.before = ends.tail;
  chunk.after = kNone;
  (ends.tail == kNone ? ends.head : at(ends.tail).after) = tsn;
  ends.tail = tsn;
  bytes_[list] += chunk.wireSize;
  ++counts_[list];
}

void OutstandingChunks::unlink(int64_t tsn, size_t list) {
  const OutstandingChunk& chunk = at(tsn);
  List& ends = lists_[list];
  (chunk.before == kNone ? ends.head : at(chunk.before).after) = chunk.after;
  (chunk.after == kNone ? ends.tail : at(chunk.after).before) = chunk.before;
  bytes_[list] -= chunk.wireSize;
  --counts_[list];
}

}  // namespace tincan::inline v0::sctp

#include "sctp/rx/reassembly.h"

#include <utility>
#include <vector>

namespace tincan::inline v0::sctp {

void Reassembly::add(int64_t tsn, const DataChunk& chunk) {
  interleaving_ ? addIData(chunk) : addData(tsn, chunk);
}

std::optional<Arrived> Reassembly::poll() {
  if (arrived_.empty()) return std::nullopt;
  std::optional<Arrived> message(std::move(arrived_.front()));
  arrived_.pop_front();
  held_ -= message->data.size() + kOverhead;
  return message;
}

// ---- pieces ----

Reassembly::Partial Reassembly::begin(const DataChunk& chunk) {
  held_ += kOverhead;
  Partial partial{chunk.stream, chunk.unordered, chunk.mid, chunk.ppid};
  append(partial, chunk.data);
  return partial;
}

void Reassembly::append(Partial& partial, ByteView data) {
  if (partial.tooLarge) return;
  if (partial.data.size() + data.size() <= maxMessage_) {
    held_ += data.size();
    partial.data.insert(partial.data.end(), data.begin(), data.end());
    return;
  }
  held_ -= partial.data.size();
  partial.data = Bytes();
  partial.tooLarge = true;
  held_ += kOverhead;
  arrived_.push_back({partial.stream, partial.ppid, Bytes(), true});
}

bool Reassembly::follows(const Partial& partial, const DataChunk& chunk) {
  return !chunk.begin && chunk.stream == partial.stream && chunk.unordered == partial.unordered &&
         (chunk.unordered || chunk.mid == partial.mid);
}

bool Reassembly::follows(const Partial& partial, const Piece& piece) {
  return piece.stream == partial.stream && piece.unordered == partial.unordered &&
         (piece.unordered || piece.mid == partial.mid);
}

void Reassembly::addData(int64_t tsn, const DataChunk& chunk) {
  auto at = open_.find(tsn);
  if (at != open_.end() && !follows(at->second, chunk)) {
    ++stats_.misfits;
    drop(at->second);
    open_.erase(at);
    at = open_.end();
  }
  if (at != open_.end()) {
    auto node = open_.extract(at);
    append(node.mapped(), chunk.data);
    if (chunk.end) return complete(std::move(node.mapped()));
    node.key() = tsn + 1;
    const auto added = open_.insert(std::move(node));
    if (added.inserted) return drainAhead(added.position);
    // Two messages that need the same TSN cannot be.
    ++stats_.misfits;
    drop(added.node.mapped());
    return;
  }
  if (chunk.begin) {
    Partial partial = begin(chunk);
    if (chunk.end) return complete(std::move(partial));
    const auto [position, added] = open_.try_emplace(tsn + 1, std::move(partial));
    if (added) drainAhead(position);
    return;
  }
  held_ += chunk.data.size() + kOverhead;
  ahead_.emplace(tsn, Piece{0, chunk.stream, chunk.mid, chunk.unordered, chunk.end, toBytes(chunk.data)});
}

/// Pieces that came before those that they follow.
void Reassembly::drainAhead(std::map<int64_t, Partial>::iterator at) {
  auto piece = ahead_.find(at->first);
  if (piece == ahead_.end()) return;
  auto node = open_.extract(at);
  int64_t next = node.key();
  while (piece != ahead_.end() && piece->first == next) {
    const bool fits = follows(node.mapped(), piece->second), ends = piece->second.end;
    if (fits) append(node.mapped(), piece->second.data);
    drop(piece->second);
    piece = ahead_.erase(piece);
    if (!fits) {
      ++stats_.misfits;
      return drop(node.mapped());
    }
    if (ends) return complete(std::move(node.mapped()));
    ++next;
  }
  node.key() = next;
  const auto added = open_.insert(std::move(node));
  if (!added.inserted) drop(added.node.mapped());
}

void Reassembly::addIData(const DataChunk& chunk) {
  int64_t mid = 0;
  if (chunk.unordered) {
    int64_t& newest = unordered_[chunk.stream.value()];
    mid = newest + static_cast<int32_t>(chunk.mid - static_cast<uint32_t>(newest));
    newest = std::max(newest, mid);
  } else {
    const int64_t next = turns_[chunk.stream.value()];
    mid = unwrapMid(next, chunk.mid);
    if (mid < next || waiting_.contains({chunk.stream.value(), mid})) {
      ++stats_.misfits;
      return;
    }
  }
  const Key key{chunk.stream.value(), chunk.unordered, mid};
  const auto [at, isNew] = numbered_.try_emplace(key);
  Numbered& numbered = at->second;
  if (isNew) {
    held_ += kOverhead;
    numbered.message = Partial{chunk.stream, chunk.unordered, chunk.mid};
  }
  // RFC 8260 §2.1: the first piece has no FSN, its field is the PPID.
  const uint32_t fsn = chunk.begin ? 0 : chunk.fsn;
  if ((fsn == 0) != chunk.begin || fsn < numbered.nextFsn || numbered.ahead.contains(fsn)) {
    ++stats_.misfits;
  } else if (fsn == numbered.nextFsn) {
    if (chunk.begin) numbered.message.ppid = chunk.ppid;
    append(numbered.message, chunk.data);
    ++numbered.nextFsn;
    if (chunk.end || drainAhead(numbered)) {
      Partial whole = std::move(numbered.message);
      numbered.message.data.clear();
      for (const auto& entry : numbered.ahead) drop(entry.second);
      numbered_.erase(at);
      return complete(std::move(whole));
    }
  } else {
    held_ += chunk.data.size() + kOverhead;
    numbered.ahead.emplace(fsn,
                           Piece{chunk.ppid, chunk.stream, chunk.mid, chunk.unordered, chunk.end, toBytes(chunk.data)});
  }
}

/// Whether the message is whole now.
bool Reassembly::drainAhead(Numbered& numbered) {
  auto at = numbered.ahead.begin();
  while (at != numbered.ahead.end() && at->first == numbered.nextFsn) {
    const bool ends = at->second.end;
    append(numbered.message, at->second.data);
    drop(at->second);
    at = numbered.ahead.erase(at);
    ++numbered.nextFsn;
    if (ends) return true;
  }
  return false;
}

void Reassembly::drop(const Numbered& numbered) {
  drop(numbered.message);
  for (const auto& entry : numbered.ahead) drop(entry.second);
}

// ---- order ----

void Reassembly::complete(Partial&& partial) {
  Arrived message{partial.stream, partial.ppid, std::move(partial.data), partial.tooLarge};
  if (partial.unordered) return deliver(std::move(message));
  const uint16_t id = partial.stream.value();
  int64_t& next = turns_[id];
  const int64_t mid = unwrapMid(next, partial.mid);
  if (mid < next) {  // its turn was long ago: a number used twice, or one that was skipped
    ++stats_.misfits;
    held_ -= message.data.size() + kOverhead;
    return;
  }
  if (mid > next) {
    const size_t size = message.data.size();
    if (!waiting_.try_emplace({id, mid}, std::move(message)).second) {
      ++stats_.misfits;
      held_ -= size + kOverhead;
    }
    return;
  }
  ++next;
  deliver(std::move(message));
  releaseWaiting(id, next);
}

/// One that was too large has been told of already.
void Reassembly::deliver(Arrived&& message) {
  if (message.tooLarge) {
    held_ -= kOverhead;
  } else {
    arrived_.push_back(std::move(message));
  }
}

void Reassembly::releaseWaiting(uint16_t stream, int64_t& next) {
  auto at = waiting_.find({stream, next});
  for (; at != waiting_.end() && at->first == std::pair(stream, next); ++next) {
    deliver(std::move(at->second));
    at = waiting_.erase(at);
  }
}

int64_t Reassembly::unwrapMid(int64_t next, uint32_t mid) const {
  if (interleaving_) return next + static_cast<int32_t>(mid - static_cast<uint32_t>(next));
  return next + static_cast<int16_t>(static_cast<uint16_t>(mid) - static_cast<uint16_t>(next));
}

// ---- what never comes ----

void Reassembly::onCumulative(int64_t cumulative) {
  while (!ahead_.empty() && ahead_.begin()->first <= cumulative) {
    ++stats_.misfits;
    drop(ahead_.begin()->second);
    ahead_.erase(ahead_.begin());
  }
  while (!open_.empty() && open_.begin()->first <= cumulative) {
    ++stats_.misfits;
    drop(open_.begin()->second);
    open_.erase(open_.begin());
  }
}

void Reassembly::skip(int64_t cumulative, std::span<const ForwardTsnChunk::Skipped> skipped) {
  if (!interleaving_) {
    while (!ahead_.empty() && ahead_.begin()->first <= cumulative) {
      drop(ahead_.begin()->second);
      ahead_.erase(ahead_.begin());
    }
    while (!open_.empty() && open_.begin()->first <= cumulative) {
      ++stats_.skipped;
      drop(open_.begin()->second);
      open_.erase(open_.begin());
    }
  }
  for (const ForwardTsnChunk::Skipped& what : skipped) {
    if (interleaving_) skipNumbered(what);
    // A message all of whose pieces so far have come, and whose rest is given up.
    const auto last = open_.find(cumulative + 1);
    if (last != open_.end() && !last->second.unordered && last->second.stream == what.stream &&
        last->second.mid == what.mid) {
      ++stats_.skipped;
      drop(last->second);
      open_.erase(last);
    }
    if (!what.unordered) skipOrdered(what.stream, what.mid);
  }
}

void Reassembly::skipNumbered(const ForwardTsnChunk::Skipped& what) {
  const uint16_t id = what.stream.value();
  int64_t mid = 0;
  if (what.unordered) {
    int64_t& newest = unordered_[id];
    mid = newest + static_cast<int32_t>(what.mid - static_cast<uint32_t>(newest));
    newest = std::max(newest, mid);
  } else {
    mid = unwrapMid(turns_[id], what.mid);
  }
  const auto from = numbered_.lower_bound(Key{id, what.unordered, INT64_MIN});
  const auto to = numbered_.upper_bound(Key{id, what.unordered, mid});
  for (auto at = from; at != to; ++at) {
    ++stats_.skipped;
    drop(at->second);
  }
  if (from != to) numbered_.erase(from, to);
}

/// The turn passes behind `mid`; what waits up to there is whole, and is given (RFC 3758 §3.6).
void Reassembly::skipOrdered(StreamId id, uint32_t number) {
  int64_t& next = turns_[id.value()];
  const int64_t mid = unwrapMid(next, number);
  if (mid < next) return;
  auto at = waiting_.lower_bound({id.value(), INT64_MIN});
  while (at != waiting_.end() && at->first <= std::pair(id.value(), mid)) {
    deliver(std::move(at->second));
    at = waiting_.erase(at);
  }
  next = mid + 1;
  releaseWaiting(id.value(), next);
}

void Reassembly::resetStreams(std::span<const uint16_t> ids) {
  std::vector<uint16_t> all;
  if (ids.empty()) {
    for (const auto& entry : turns_) all.push_back(entry.first);
    for (const auto& entry : unordered_) all.push_back(entry.first);
    ids = all;
  }
  for (const uint16_t id : ids) {
    auto late = waiting_.lower_bound({id, INT64_MIN});
    for (; late != waiting_.end() && late->first.first == id; late = waiting_.erase(late)) {
      held_ -= late->second.data.size() + kOverhead;
    }
    turns_.erase(id);
    unordered_.erase(id);
    const auto from = numbered_.lower_bound(Key{id, false, INT64_MIN});
    const auto to = numbered_.upper_bound(Key{id, true, INT64_MAX});
    for (auto at = from; at != to; ++at) drop(at->second);
    if (from != to) numbered_.erase(from, to);
  }
}

}  // namespace tincan::inline v0::sctp

#include "sctp/tx/retransmission_queue.h"

#include <algorithm>

namespace tincan::inline v0::sctp {
namespace {

// RFC 9260 §6.2.1 D iii has three SACKs in a row without an acknowledged TSN mean that the peer has dropped it. SACKs that
// overtake each other look the same, and often come in threes: so we wait for more, or for T3.
constexpr uint8_t kRenegedSacks = 16;

}  // namespace

void RetransmissionQueue::start(Tsn initial, bool interleaving, bool forwardTsn) {
  // A turn of the wire's numbers above zero, so that no TSN that the peer could name is below it.
  const int64_t first = (int64_t{1} << 32) + initial.value();
  chunks_.reset(first);
  interleaving_ = interleaving;
  forwardTsn_ = forwardTsn;
  anyMissing_ = false;
  highestAcked_ = advanced_ = first - 1;
}

std::vector<OutboundMessage*> RetransmissionQueue::takeUnacknowledged() {
  std::vector<OutboundMessage*> messages;
  for (; !chunks_.empty(); chunks_.popFront()) {
    OutboundMessage* message = chunks_.at(chunks_.first()).message;
    if (--message->held > 0) continue;
    if (message->abandoned) {
      queue_.finish(*message);
    } else {
      messages.push_back(message);
    }
  }
  // In the order of their first chunks, which is that of a stream's messages.
  std::sort(messages.begin(), messages.end(), [](auto* a, auto* b) { return a->firstTsn < b->firstTsn; });
  return messages;
}

int64_t RetransmissionQueue::add(const SendQueue::Fragment& fragment) {
  OutstandingChunk chunk;
  chunk.message = fragment.message;
  chunk.offset = fragment.offset;
  chunk.fsn = fragment.fsn;
  chunk.size = static_cast<uint16_t>(fragment.size);
  chunk.wireSize = static_cast<uint16_t>((DataChunk::headerSize(interleaving_) + fragment.size + 3) & ~size_t{3});
  chunk.begin = fragment.begin;
  chunk.end = fragment.end;
  const int64_t tsn = chunks_.push(chunk, State::kInFlight);
  if (fragment.begin) fragment.message->firstTsn = tsn;
  return tsn;
}

void RetransmissionQueue::noteSent(TimePoint now, int64_t tsn) {
  chunks_.touch(tsn);
  OutstandingChunk& chunk = chunks_.at(tsn);
  chunk.sentAt = now;
  chunk.transmissions = static_cast<uint16_t>(std::min(chunk.transmissions + 1, 0xffff));
}

DataChunk RetransmissionQueue::chunkOf(int64_t tsn) const {
  const OutstandingChunk& from = chunks_.at(tsn);
  DataChunk chunk;
  chunk.interleaved = interleaving_;
  chunk.begin = from.begin;
  chunk.end = from.end;
  chunk.unordered = !from.message->ordered;
  chunk.tsn = toTsn(tsn);
  chunk.stream = from.message->stream->id;
  chunk.mid = from.message->mid;
  chunk.fsn = from.fsn;
  chunk.ppid = from.message->ppid;
  chunk.data = ByteView(from.message->data).subspan(from.offset, from.size);
  return chunk;
}

RetransmissionQueue::SackResult RetransmissionQueue::onSack(const SackChunk& sack, Observer& observer) {
  SackResult result;
  const int64_t cumulative = unwrapTsn(sack.cumulative, chunks_.first() - 1);
  const int64_t highest = sack.gaps.empty() ? cumulative : cumulative + sack.gaps.back().end;
  if (highest >= chunks_.end()) {
    result.status = Sender::SackStatus::kInvalid;
    return result;
  }
  if (cumulative < chunks_.first() - 1) {
    result.status = Sender::SackStatus::kOld;
    return result;
  }
  popAcknowledged(cumulative, result, observer);
  applyGaps(sack, cumulative, result, observer);
  advance();
  return result;
}

void RetransmissionQueue::popAcknowledged(int64_t cumulative, SackResult& result, Observer& observer) {
  while (chunks_.first() <= cumulative) {
    const int64_t tsn = chunks_.first();
    const State was = chunks_.state(tsn);
    if (was == State::kInFlight || was == State::kLost) acknowledge(tsn, was, result, observer);
    OutboundMessage* message = chunks_.at(tsn).message;
    chunks_.popFront();
    result.advanced = true;
    if (--message->held == 0 && message->allCut()) queue_.finish(*message);
  }
}

void RetransmissionQueue::applyGaps(const SackChunk& sack, int64_t cumulative, SackResult& result, Observer& observer) {
  if (sack.gaps.empty() && chunks_.chunksAcked() == 0) return;
  int64_t end = std::max(highestAcked_ + 1, chunks_.first());
  if (!sack.gaps.empty()) end = std::max(end, cumulative + sack.gaps.back().end + 1);
  size_t gap = 0;
  bool missing = false;
  for (int64_t tsn = chunks_.first(); tsn < end; ++tsn) {
    const int64_t offset = tsn - cumulative;
    while (gap < sack.gaps.size() && sack.gaps[gap].end < offset) ++gap;
    const bool has = gap < sack.gaps.size() && sack.gaps[gap].start <= offset;
    const State state = chunks_.state(tsn);
    if (has && (state == State::kInFlight || state == State::kLost)) {
      acknowledge(tsn, state, result, observer);
      chunks_.setState(tsn, State::kAcked);
      chunks_.at(tsn).missing = 0;
      highestAcked_ = std::max(highestAcked_, tsn);
    } else if (has && anyMissing_) {
      chunks_.at(tsn).missing = 0;
    } else if (!has && state == State::kAcked) {
      missing = true;
      if (++chunks_.at(tsn).missing >= kRenegedSacks) {
        chunks_.at(tsn).missing = 0;
        chunks_.setState(tsn, State::kLost);
        ++result.reneged;
      }
    }
  }
  anyMissing_ = missing;
}

void RetransmissionQueue::acknowledge(int64_t tsn, State was, SackResult& result, Observer& observer) {
  const OutstandingChunk& chunk = chunks_.at(tsn);
  ++result.ackedChunks;
  result.ackedBytes += chunk.wireSize;
  result.ackedData += chunk.size;
  observer.onAcked(tsn, chunk, was);
}

void RetransmissionQueue::markLost(TimePoint now, int64_t tsn) {
  const OutstandingChunk& chunk = chunks_.at(tsn);
  if (isSpent(now, *chunk.message, chunk.transmissions)) {
    abandon(*chunk.message);
    advance();
  } else {
    chunks_.setState(tsn, State::kLost);
  }
}

void RetransmissionQueue::markReneged(TimePoint now) {
  if (!anyMissing_) return;
  for (int64_t tsn = chunks_.first(); tsn < chunks_.end(); ++tsn) {
    if (chunks_.state(tsn) != State::kAcked || chunks_.at(tsn).missing == 0) continue;
    chunks_.at(tsn).missing = 0;
    markLost(now, tsn);
  }
  anyMissing_ = false;
}

bool RetransmissionQueue::isSpent(TimePoint now, const OutboundMessage& message, unsigned transmissions) const {
  if (!forwardTsn_) return false;
  return message.expired(now) || (message.maxRetransmits && transmissions > *message.maxRetransmits);
}

void RetransmissionQueue::abandon(OutboundMessage& message) {
  if (message.abandoned) return;
  ++abandonedMessages_;
  if (queue_.abandon(message)) {
    // The end that was never cut gets a TSN, so that there is one to skip: were all cut fragments acknowledged, the peer
    // would wait for the message's end for ever.
    OutstandingChunk end;
    end.message = &message;
    ++message.held;
    chunks_.push(end, State::kAbandoned);
  }
  uint32_t seen = 0;
  for (int64_t tsn = std::max(message.firstTsn, chunks_.first()); seen < message.held; ++tsn) {
    if (chunks_.at(tsn).message != &message) continue;
    ++seen;
    chunks_.setState(tsn, State::kAbandoned);
  }
  advance();
}

void RetransmissionQueue::advance() {
  advanced_ = std::max(advanced_, chunks_.first() - 1);
  // RFC 3758 §3.5 C2 moves the point over what is abandoned. What a gap block has acknowledged is passed too: else each
  // hole would take a round trip of its own.
  for (int64_t tsn = advanced_ + 1; tsn < chunks_.end(); ++tsn) {
    const State state = chunks_.state(tsn);
    if (state == State::kAbandoned) {
      advanced_ = tsn;
    } else if (state != State::kAcked || chunks_.at(tsn).missing > 0) {
      break;
    }
  }
}

bool RetransmissionQueue::buildForwardTsn(size_t room, ForwardTsnChunk& chunk) const {
  chunk.interleaved = interleaving_;
  chunk.skipped.clear();
  if (!hasSkipped() || room < ForwardTsnChunk::kHeaderSize) return false;
  const size_t most = (room - ForwardTsnChunk::kHeaderSize) / ForwardTsnChunk::entrySize(interleaving_);
  int64_t reached = chunks_.first() - 1;
  for (int64_t tsn = chunks_.first(); tsn <= advanced_; ++tsn) {
    if (chunks_.state(tsn) == State::kAbandoned) {
      const OutboundMessage& message = *chunks_.at(tsn).message;
      // RFC 3758 §3.2: of unordered DATA the peer needs no more than the TSN.
      if (message.ordered || interleaving_) {
        const ForwardTsnChunk::Skipped entry{message.stream->id, !message.ordered, message.mid};
        const auto same = std::find_if(chunk.skipped.begin(), chunk.skipped.end(), [&](const auto& other) {
          return other.stream == entry.stream && other.unordered == entry.unordered;
        });
        if (same != chunk.skipped.end()) {
          same->mid = entry.mid;
        } else if (chunk.skipped.size() < most) {
          chunk.skipped.push_back(entry);
        } else {
          break;
        }
      }
    }
    reached = tsn;
  }
  chunk.cumulative = toTsn(reached);
  return reached >= chunks_.first();
}

}  // namespace tincan::inline v0::sctp

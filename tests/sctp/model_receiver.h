#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "sctp/chunk/data.h"
#include "sctp/chunk/forward_tsn.h"
#include "sctp/chunk/sack.h"

namespace tincan::inline v0::sctp::test {

/// The receiving half that the sender's tests need, by the RFC's words and no more: which TSNs have come, a SACK for every
/// second packet, at once when there is a gap or a duplicate or the I bit, else after 200 ms (RFC 9260 §6.2). Takes a
/// message whole as soon as its last fragment has come, and does not hold ordered ones back.
class ModelReceiver {
 public:
  struct Message {
    StreamId stream{};
    bool unordered = false;
    uint32_t mid = 0;
    uint32_t ppid = 0;
    Bytes data;
  };

  explicit ModelReceiver(Tsn initial, uint32_t size = 16 << 20)
      : window(size), cumulative_((int64_t{1} << 32) + initial.value() - 1) {}

  void receive(TimePoint now, ByteView packet) {
    ByteView rest = packet.subspan(std::min<size_t>(12, packet.size()));
    bool urgent = false;
    while (rest.size() >= 4) {
      const size_t size = loadBe16(rest.data() + 2);
      if (size < 4 || size > rest.size()) break;
      const ByteView body = rest.subspan(4, size - 4);
      switch (rest[0]) {
        case DataChunk::kDataType: urgent |= onData(readData(rest[1], body)); break;
        case DataChunk::kIDataType: urgent |= onData(readIData(rest[1], body)); break;
        case ForwardTsnChunk::kType:
        case ForwardTsnChunk::kInterleavedType:
          urgent |= onForward(rest[0] == ForwardTsnChunk::kInterleavedType, body);
          break;
        default: break;
      }
      rest = rest.subspan(std::min((size + 3) & ~size_t{3}, rest.size()));
    }
    ++packets_;
    if (urgent || !above_.empty() || !duplicates_.empty() || packets_ >= 2) {
      due_ = now;
    } else if (due_.isNever()) {
      due_ = now + Duration::millis(200);
    }
  }

  TimePoint nextTimeout() const { return due_; }
  bool takeSack(TimePoint now, SackChunk& sack) {
    if (due_ > now) return false;
    due_ = TimePoint::never();
    packets_ = 0;
    sack.cumulative = toTsn(cumulative_);
    sack.window = window;
    sack.gaps.clear();
    for (const auto& [first, last] : above_) {
      if (sack.gaps.size() >= 250 || last - cumulative_ > 0xffff) break;
      sack.gaps.push_back({static_cast<uint16_t>(first - cumulative_), static_cast<uint16_t>(last - cumulative_)});
    }
    sack.duplicates.clear();
    std::swap(sack.duplicates, duplicates_);
    return true;
  }

  uint32_t window;     ///< what it says: it does not shrink by itself
  uint64_t bytes = 0;  ///< user data, once
  uint64_t chunks = 0;
  uint64_t duplicates = 0;
  bool keep = false;  ///< whether messages are put together
  std::vector<Message> messages;
  std::vector<ForwardTsnChunk> forwards;
  int64_t cumulative() const { return cumulative_; }

 private:
  bool onData(const std::optional<DataChunk>& chunk) {
    if (!chunk) return false;
    const int64_t tsn = unwrapTsn(chunk->tsn, cumulative_);
    if (window < chunk->data.size()) return true;  // no room: dropped, and told
    if (!mark(tsn)) {
      ++duplicates;
      if (duplicates_.size() < 20) duplicates_.push_back(chunk->tsn);
      return true;
    }
    bytes += chunk->data.size();
    ++chunks;
    if (keep) store(tsn, *chunk);
    return chunk->immediate;
  }

  bool onForward(bool interleaved, ByteView body) {
    ForwardTsnChunk chunk;
    if (!(interleaved ? readIForwardTsn(body, chunk) : readForwardTsn(body, chunk))) return false;
    forwards.push_back(chunk);
    const int64_t to = unwrapTsn(chunk.cumulative, cumulative_);
    if (to <= cumulative_) return true;
    cumulative_ = to;
    settle();
    std::erase_if(fragments_, [&](const auto& entry) { return entry.second.tsn <= to && !interleaved; });
    for (const auto& skipped : chunk.skipped) {
      std::erase_if(fragments_, [&](const auto& entry) {
        return std::get<0>(entry.first) == skipped.stream.value() && std::get<1>(entry.first) == skipped.unordered &&
               std::get<2>(entry.first) <= skipped.mid && interleaved;
      });
    }
    return true;
  }

  // The runs above the cumulative TSN.
  bool mark(int64_t tsn) {
    if (tsn <= cumulative_) return false;
    auto after = above_.upper_bound(tsn);
    if (after != above_.begin()) {
      const auto before = std::prev(after);
      if (before->second >= tsn) return false;
      if (before->second + 1 == tsn) {
        before->second = tsn;
        if (after != above_.end() && after->first == tsn + 1) {
          before->second = after->second;
          above_.erase(after);
        }
        settle();
        return true;
      }
    }
    if (after != above_.end() && after->first == tsn + 1) {
      const int64_t last = after->second;
      above_.erase(after);
      above_[tsn] = last;
    } else {
      above_[tsn] = tsn;
    }
    settle();
    return true;
  }
  void settle() {
    while (!above_.empty() && above_.begin()->first <= cumulative_ + 1) {
      cumulative_ = std::max(cumulative_, above_.begin()->second);
      above_.erase(above_.begin());
    }
  }

  struct Stored {
    int64_t tsn = 0;
    bool begin = false;
    bool end = false;
    uint32_t ppid = 0;
    Bytes data;
  };
  // By stream, unordered, MID (0 with unordered DATA), FSN (with DATA the TSN).
  using Key = std::tuple<uint16_t, bool, uint32_t, int64_t>;

  void store(int64_t tsn, const DataChunk& chunk) {
    const uint32_t mid = chunk.interleaved || !chunk.unordered ? chunk.mid : 0;
    const auto key = [&](int64_t at) { return Key{chunk.stream.value(), chunk.unordered, mid, at}; };
    const int64_t at = chunk.interleaved ? chunk.fsn : tsn;
    fragments_[key(at)] = {tsn, chunk.begin, chunk.end, chunk.ppid, toBytes(chunk.data)};
    int64_t first = at, last = at;
    while (!fragments_.at(key(first)).begin) {
      if (!fragments_.count(key(--first))) return;
    }
    while (!fragments_.at(key(last)).end) {
      if (!fragments_.count(key(++last))) return;
    }
    Message message{chunk.stream, chunk.unordered, mid, fragments_.at(key(first)).ppid, {}};
    for (int64_t i = first; i <= last; ++i) {
      const Bytes& data = fragments_.at(key(i)).data;
      message.data.insert(message.data.end(), data.begin(), data.end());
      fragments_.erase(key(i));
    }
    messages.push_back(std::move(message));
  }

  int64_t cumulative_;
  std::map<int64_t, int64_t> above_;
  std::vector<Tsn> duplicates_;
  std::map<Key, Stored> fragments_;
  unsigned packets_ = 0;
  TimePoint due_ = TimePoint::never();
};

}  // namespace tincan::inline v0::sctp::test

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

namespace tincan::inline v0::media {

/// Names one sink of one track; 0 is none.
using SinkId = uint64_t;

/// Who gets the frames of a track. A sink may do anything while it is called, removing itself or others, adding more,
/// or delivering again included: a sink removed is not called any more, one added is called from the next frame on.
template <class Frame>
class SinkList {
 public:
  using Sink = std::function<void(const Frame&)>;

  void add(SinkId id, Sink sink) { entries_.push_back({id, std::move(sink)}); }

  bool remove(SinkId id) {
    for (Entry& entry : entries_) {
      if (entry.id != id || id == 0) continue;
      entry.id = 0;
      sweep();
      return true;
    }
    return false;
  }

  void clear() {
    for (Entry& entry : entries_) entry.id = 0;
    sweep();
  }

  void deliver(const Frame& frame) {
    ++depth_;
    // A deque: entries added meanwhile do not move the one that runs.
    for (size_t i = 0, size = entries_.size(); i < size; ++i)
      if (entries_[i].id != 0 && entries_[i].sink) entries_[i].sink(frame);
    --depth_;
    sweep();
  }

  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    SinkId id;
    Sink sink;
  };

  // A function is not destroyed while it may be running. What dies here may call back, so the list is whole before it
  // does.
  void sweep() {
    if (depth_ > 0) return;
    std::deque<Entry> dead;
    for (auto it = entries_.begin(); it != entries_.end();) {
      if (it->id != 0) {
        ++it;
        continue;
      }
      dead.push_back(std::move(*it));
      it = entries_.erase(it);
    }
  }

  std::deque<Entry> entries_;
  int depth_ = 0;
};

}  // namespace tincan::inline v0::media

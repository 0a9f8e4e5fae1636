#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace tincan::inline v0 {

/// A queue over one block of memory: it grows when it is full and keeps what it has grown to, so that in the long run
/// nothing is allocated (std::deque allocates a chunk for each few elements that go through it). T has an empty state,
/// its default. Whoever owns it bounds what goes in.
template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  /// Not when empty.
  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }
  void pushBack(T value) {
    if (size_ == slots_.size()) grow();
    slots_[(head_ + size_) & (slots_.size() - 1)] = std::move(value);
    ++size_;
  }
  /// Not when empty. What the element held is released at once.
  void popFront() {
    slots_[head_] = T();
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  /// Not when empty.
  void popBack() { slots_[(head_ + --size_) & (slots_.size() - 1)] = T(); }
  /// The front, moved out; false when there is none.
  bool take(T& out) {
    if (empty()) return false;
    out = std::move(front());
    popFront();
    return true;
  }
  void clear() {
    while (!empty()) popFront();
  }

 private:
  static constexpr size_t kFirst = 2;  // most queues of a connection at rest have held no more

  void grow() {
    std::vector<T> larger(slots_.empty() ? kFirst : 2 * slots_.size());
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[(head_ + i) & (slots_.size() - 1)]);
    slots_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> slots_;  // a power of two of them
  size_t head_ = 0;
  size_t size_ = 0;
};

}  // namespace tincan::inline v0

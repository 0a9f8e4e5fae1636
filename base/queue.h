#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tincan::inline v0 {

/// A queue for what seldom waits: it has no memory before anything was put in, and gives it back when it is empty again, but
/// for a few bytes. std::deque takes 576 bytes to begin with, and a connection has dozens of queues; Ring keeps what it has
/// grown to. Whoever owns it bounds what goes in.
template <class T>
class Queue {
 public:
  bool empty() const { return head_ == items_.size(); }
  size_t size() const { return items_.size() - head_; }
  /// Not when empty, as all that takes or gives one.
  T& front() { return items_[head_]; }
  const T& front() const { return items_[head_]; }
  T& back() { return items_.back(); }
  void push_back(T value) {
    makeRoom();
    items_.push_back(std::move(value));
  }
  template <class... Args>
  T& emplace_back(Args&&... args) {
    makeRoom();
    return items_.emplace_back(std::forward<Args>(args)...);
  }
  /// Moves all of them.
  void push_front(T value) { items_.insert(begin(), std::move(value)); }
  void pop_front() {
    [[maybe_unused]] const T gone(std::move(items_[head_]));  // what it held is released at once
    if (++head_ == items_.size()) clear();
  }
  void clear() {
    head_ = 0;
    items_.clear();
    if (items_.capacity() * sizeof(T) > kKept) items_ = std::vector<T>();
  }
  /// Takes out all that are equal to it.
  void erase(const T& value) {
    items_.erase(std::remove(begin(), end(), value), end());
    if (empty()) clear();
  }
  template <class Predicate>
  void erase_if(Predicate predicate) {
    items_.erase(std::remove_if(begin(), end(), predicate), end());
    if (empty()) clear();
  }
  auto begin() { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() const { return items_.end(); }

 private:
  static constexpr size_t kKept = 128;  // bytes that an empty one may have

  // What was taken from the front leaves its places to those behind, once there are as many as are left.
  void makeRoom() {
    if (items_.size() < items_.capacity() || head_ < size()) return;
    items_.erase(items_.begin(), begin());
    head_ = 0;
  }

  std::vector<T> items_;
  size_t head_ = 0;  // those before it are done with
};

}  // namespace tincan::inline v0

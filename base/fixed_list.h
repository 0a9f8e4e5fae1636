#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>

namespace tincan::inline v0 {

/// A short list in place: at most `N` elements, nothing from the heap.
template <class T, size_t N>
class FixedList {
 public:
  static constexpr size_t kCapacity = N;

  FixedList() = default;
  /// What goes past the capacity is left out.
  FixedList(std::initializer_list<T> values) {
    for (const T& value : values) push(value);
  }

  /// False where it is full.
  bool push(T value) {
    if (size_ == N) return false;
    values_[size_++] = value;
    return true;
  }
  void clear() { size_ = 0; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return values_[i]; }
  const T& operator[](size_t i) const { return values_[i]; }
  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + size_; }
  T* begin() { return values_.data(); }
  T* end() { return values_.data() + size_; }
  bool operator==(const FixedList& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

 private:
  std::array<T, N> values_{};
  size_t size_ = 0;
};

}  // namespace tincan::inline v0

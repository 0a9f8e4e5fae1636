#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tincan::inline v0::stack {

/// What packets said in their headers, until what they carry is played: by their RTP timestamps, and of the last kMost
/// alone. Takes nothing from the heap itself.
template <class T>
class TimedNotes {
 public:
  static constexpr size_t kMost = 64;

  void note(uint32_t timestamp, T value) {
    const bool again = count_ > 0 && notes_[(count_ - 1) % kMost].first == timestamp;
    notes_[(again ? count_ - 1 : count_++) % kMost] = {timestamp, std::move(value)};
  }
  /// What was said at that time; null where nothing was.
  const T* of(uint32_t timestamp) const {
    for (size_t i = 0; i < kMost && i < count_; ++i)
      if (notes_[i].first == timestamp) return &notes_[i].second;
    return nullptr;
  }
  /// What was said last at that time, or before it; null where nothing was.
  const T* at(uint32_t timestamp) const {
    const std::pair<uint32_t, T>* out = nullptr;
    for (size_t i = 0; i < kMost && i < count_; ++i) {
      const auto& each = notes_[i];
      if (static_cast<int32_t>(timestamp - each.first) < 0) continue;
      if (!out || static_cast<int32_t>(each.first - out->first) >= 0) out = &each;
    }
    return out ? &out->second : nullptr;
  }

 private:
  std::array<std::pair<uint32_t, T>, kMost> notes_{};
  size_t count_ = 0;
};

}  // namespace tincan::inline v0::stack

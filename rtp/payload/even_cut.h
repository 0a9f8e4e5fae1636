#pragma once

#include <cstddef>

namespace tincan::inline v0::rtp {

/// Cuts bytes into as few pieces as `room` allows, all of nearly equal size: the larger ones, by one byte, come first.
/// All division is done at the start, none a packet. A part of a packetizer.
class EvenCut {
 public:
  EvenCut() = default;
  EvenCut(size_t bytes, size_t room) : left_(pieces(bytes, room)) {
    if (left_ == 0) return;
    size_ = bytes / left_;
    larger_ = bytes % left_;
  }
  static size_t pieces(size_t bytes, size_t room) { return (bytes + room - 1) / room; }

  size_t left() const { return left_; }
  /// Of the next piece.
  size_t size() const { return size_ + (larger_ > 0 ? 1 : 0); }
  /// One piece is cut off; there was one left.
  void pop() {
    --left_;
    larger_ -= larger_ > 0 ? 1 : 0;
  }

 private:
  size_t left_ = 0;
  size_t size_ = 0;
  size_t larger_ = 0;
};

}  // namespace tincan::inline v0::rtp

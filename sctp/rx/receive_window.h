#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.h"

namespace tincan::inline v0::sctp {

/// What all associations of one loop may promise their peers beyond what each began with.
struct WindowBudget {
  size_t limit = 256 * 1024 * 1024;  ///< bytes
  size_t taken = 0;
};

/// How much the peer may send beyond what the application has taken (RFC 9260 §6.2.1). It starts small and doubles when
/// the application takes more than half of it within one round trip, as TCP's autotuning does: a window bounds the rate at
/// window / RTT, and who does not read gets no more of our memory. Owned by Association.
class ReceiveWindow {
 public:
  /// `start` and `cap` in bytes. Without a budget there is no bound over all.
  ReceiveWindow(size_t start, size_t cap, std::shared_ptr<WindowBudget> budget);
  ~ReceiveWindow();
  ReceiveWindow(const ReceiveWindow&) = delete;
  ReceiveWindow& operator=(const ReceiveWindow&) = delete;

  /// The application took this much.
  void taken(TimePoint now, size_t bytes, Duration rtt);
  /// All of the window is held by messages that miss something, none by the application: more, or nothing moves again
  /// (RFC 8260 lets a peer begin as many as it has streams). False at the cap.
  bool grow();

  size_t limit() const { return limit_; }
  /// a_rwnd, when `held` bytes are kept.
  uint32_t credit(size_t held) const;
  /// Whether a chunk that costs so much may be kept: the peer may overshoot by what it did not know, our own count of
  /// overhead. One that lets us go on (the next TSN) may always come, up to a further part.
  bool hasRoom(size_t held, size_t cost, bool isNext) const;

 private:
  size_t limit_;
  size_t cap_;
  std::shared_ptr<WindowBudget> budget_;
  size_t borrowed_ = 0;
  TimePoint roundStart_{};
  size_t takenInRound_ = 0;
};

}  // namespace tincan::inline v0::sctp

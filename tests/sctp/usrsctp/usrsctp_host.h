#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::sctp::test {

/// What usrsctp takes for its operating system, one for each association: the time, randomness and timers. Its functions
/// reach the one that is driven, and only while it is (see usrsctp_peer.cc).
class UsrsctpHost {
 public:
  /// The form of a timer, which usrsctp owns; usrsctp_host.cc knows it.
  struct Callout;

  virtual ~UsrsctpHost() = default;
  UsrsctpHost(const UsrsctpHost&) = delete;
  UsrsctpHost& operator=(const UsrsctpHost&) = delete;

  /// The one that this thread drives, or nullptr.
  static UsrsctpHost* driven();

  virtual void output(uint64_t handle, ByteView packet) = 0;
  TimePoint now() const { return now_; }
  RandomSource& random() { return random_; }
  void startTimer(Callout& callout, uint32_t millis, void (*function)(void*), void* argument);
  void stopTimer(Callout& callout);
  TimePoint nextTimeout() const;

 protected:
  /// The scope in which usrsctp may run on behalf of an association.
  class Driving {
   public:
    Driving(UsrsctpHost& host, TimePoint now);
    ~Driving();
    Driving(const Driving&) = delete;
    Driving& operator=(const Driving&) = delete;

   private:
    UsrsctpHost* outer_;
  };

  explicit UsrsctpHost(RandomSource& random) : random_(random) {}
  /// Every timer that is due, earliest first, those of one deadline in the order they were started. One may start and
  /// stop any; what it starts is at least a millisecond away.
  void fireDue();
  /// All timers, as if as much time had passed as they need; after it none is left.
  void runOutTimers();

 private:
  struct Timer {
    TimePoint deadline;
    Callout* callout;
  };

  RandomSource& random_;
  TimePoint now_;
  std::vector<Timer> timers_;  // a dozen at most
};

}  // namespace tincan::inline v0::sctp::test

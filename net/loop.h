#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <typeindex>
#include <typeinfo>

#include "base/packet_buffer.h"
#include "base/time.h"

namespace tincan::inline v0::net {

/// One thread's event loop: its clock, its packet pool, its timers and sockets. Everything that lives on a loop is
/// made, called and destroyed on the thread that runs it; only `post` and `stop` may be called from other threads.
/// Loops share nothing, so sessions are spread over several loops without a lock.
class Loop {
 public:
  /// `poolLimit`: the most packets (2 KiB each) that may be out at once.
  explicit Loop(size_t poolLimit = 65536);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs handlers on the calling thread until `stop`; an idle loop waits. Not to be called by a handler, nor are the
  /// next two.
  void run();
  /// Runs until `done` says so (asked after each handler) or `limit` has passed; returns what `done` said last.
  bool runUntil(const std::function<bool()>& done, Duration limit);
  /// For a program that has a loop of another kind: waits at most `wait` for the first handler, runs what is ready, and
  /// returns how many ran. At most kMostAtOnce: a network that is never quiet must not hold the other loop up.
  size_t poll(Duration wait = Duration::zero());
  static constexpr size_t kMostAtOnce = 1024;
  /// Ends the `run` (or one of the others) that is going on or, when there is none, the next one.
  void stop();
  /// Runs `function` on the loop, after what is queued already.
  void post(std::function<void()> function);

  /// The monotonic clock.
  TimePoint now() const;
  /// The wall clock, for RTCP sender reports and certificates. May jump.
  NtpTime wallTime() const;
  PacketPool& pool();

  /// The T that everything on this loop shares: made at the first call, and gone with the loop. Null where `make` gave
  /// nothing, which is then not asked again.
  template <class T>
  T* keep(std::unique_ptr<T> (*make)()) {
    std::optional<std::shared_ptr<void>>& place = kept(typeid(T));
    if (!place) place = std::shared_ptr<T>(make());
    return static_cast<T*>(place->get());
  }

  struct Impl;  // in net/loop_impl.h, for .cc files that use Boost.Asio
  Impl& impl() { return *impl_; }

 private:
  std::optional<std::shared_ptr<void>>& kept(std::type_index type);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tincan::inline v0::net

#pragma once

#include <functional>
#include <memory>

#include "base/time.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

/// Calls back once on its loop at a deadline. Starting it again moves the deadline; the callback may restart or destroy
/// it. Belongs to the loop's thread.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(TimePoint deadline, std::function<void()> function);
  void start(Duration delay, std::function<void()> function);
  void cancel();
  bool running() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::net

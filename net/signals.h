#pragma once

#include <functional>
#include <memory>

#include "net/loop.h"

namespace tincan::inline v0::net {

/// Turns SIGINT, SIGTERM and SIGHUP into a call on the loop, so that Ctrl-C, or a terminal that closes, ends a call cleanly. One of these in a process.
class Signals {
 public:
  Signals(Loop& loop, std::function<void(int signal)> function);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::net

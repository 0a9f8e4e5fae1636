#pragma once

#include <functional>
#include <memory>

#include "net/loop.h"

namespace tincan::inline v0::net {

/// A function that runs once on the loop, behind what is queued there already, however often it is asked for until
/// then. Asking takes nothing from the heap, as Loop::post does. Goes with its owner: what is queued then does nothing.
/// On the loop's thread; the function may destroy the owner.
class Soon {
 public:
  Soon(Loop& loop, std::function<void()> function);
  ~Soon();
  Soon(const Soon&) = delete;
  Soon& operator=(const Soon&) = delete;

  void ask();

 private:
  struct State;
  struct Handler;

  Loop& loop_;
  std::shared_ptr<State> state_;  // shared with what is queued
};

}  // namespace tincan::inline v0::net

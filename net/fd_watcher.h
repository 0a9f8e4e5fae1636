#pragma once

#include <functional>
#include <memory>

#include "net/loop.h"

namespace tincan::inline v0::net {

/// Calls back on the loop when a file descriptor is readable (as long as it lives) and, after each `watchWritable`,
/// once when it is writable. Does not own the descriptor: destroy the watcher first, then close. May be destroyed in
/// its callbacks.
class FdWatcher {
 public:
  FdWatcher(Loop& loop, int fd, std::function<void()> onReadable, std::function<void()> onWritable = {});
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  void watchWritable();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::net

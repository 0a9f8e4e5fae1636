#pragma once

#include <future>
#include <thread>
#include <type_traits>

#include "net/loop.h"

namespace tincan::inline v0::net {

/// A loop on a thread of its own. What lives on it is made, asked and destroyed with `call`.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop.run(); }) {}
  ~LoopThread() { end(); }

  /// Runs on the loop; gives what it gave.
  template <class Function>
  auto call(Function function) {
    std::packaged_task<std::invoke_result_t<Function>()> task(std::move(function));
    auto result = task.get_future();
    loop.post([&task] { task(); });
    return result.get();
  }

  /// The thread ends, the loop stays as it is.
  void end() {
    if (!thread_.joinable()) return;
    loop.stop();
    thread_.join();
  }

  Loop loop;

 private:
  std::thread thread_;
};

}  // namespace tincan::inline v0::net

#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/executor.h"
#include "stack/event_queue.h"

namespace tincan::inline v0::stack {

/// Where a codec's work is done, and how its owner hears that it is.
///
///     without an Executor:  run ─► work, at once
///     with one:             run ─► a thread: work ─► the loop: wake ─► settle ─► the owner's collect()
class CodecWork {
 public:
  CodecWork() = default;
  CodecWork(Executor* executor, std::shared_ptr<EventQueue> events) : executor_(executor), events_(std::move(events)) {}

  bool elsewhere() const { return executor_ != nullptr; }
  /// `state->run()` is called on whatever thread, and nobody else may touch `state` until its `done` is true. The owner
  /// may go meanwhile: then nobody looks at it any more, and it dies on the loop's thread.
  template <class State>
  void run(const std::shared_ptr<State>& state) const {
    give(&Executor::post, state);
  }
  /// The same, for what takes no time to speak of: it does not wait behind pictures.
  template <class State>
  void runShort(const std::shared_ptr<State>& state) const {
    give(&Executor::postShort, state);
  }

 private:
  using Post = void (Executor::*)(std::function<void()>, std::function<void()>);

  template <class State>
  void give(Post post, const std::shared_ptr<State>& state) const {
    state->done = false;
    if (!executor_) {
      state->run();
      state->done = true;
      return;
    }
    (executor_->*post)([state] { state->run(); },
                       [state, events = events_] {
                         state->done = true;
                         events->wake();
                       });
  }

  Executor* executor_ = nullptr;
  std::shared_ptr<EventQueue> events_;
};

}  // namespace tincan::inline v0::stack

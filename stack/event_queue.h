#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/queue.h"

namespace tincan::inline v0::stack {

/// The user's callbacks that wait to be run. They run one at a time from `PeerConnection::dispatchEvents`, never from
/// inside a protocol machine, so a callback may call anything, `close()` and the destructor included: the queue is shared
/// with the dispatcher and outlives the connection that filled it.
class EventQueue {
 public:
  /// `target` is the member that holds the user's handler: it is read when the event is run, not when it is queued, as a
  /// page may set `onopen` after the fact in the same turn. `owner` keeps the object that has the member alive.
  template <class Owner, class... Handler, class... Args>
  void post(std::shared_ptr<Owner> owner, std::function<void(Handler...)> Owner::*target, Args... args) {
    events_.push_back([owner = std::move(owner), target, ... args = std::move(args)]() mutable {
      // A copy: the handler may replace itself.
      if (auto handler = (*owner).*target) handler(std::move(args)...);
    });
  }
  void post(std::function<void()> event) { events_.push_back(std::move(event)); }

  /// Runs what is queued, including what the callbacks queue; false when there was nothing.
  static bool run(std::shared_ptr<EventQueue> queue) {
    bool any = false;
    while (!queue->events_.empty()) {
      auto event = std::move(queue->events_.front());
      queue->events_.pop_front();
      event();
      any = true;
    }
    return any;
  }
  /// No event runs after this one returns. What dies with them may post again: the queue is whole before it does.
  void clear() { std::exchange(events_, {}).clear(); }
  bool empty() const { return events_.empty(); }

  /// What came from outside of a drain waits to be fetched: the driver is asked to come by. Empty once the connection is
  /// gone.
  void wake() const {
    if (wake_) wake_();
  }
  void setWake(std::function<void()> wake) { wake_ = std::move(wake); }

 private:
  Queue<std::function<void()>> events_;
  std::function<void()> wake_;
};

}  // namespace tincan::inline v0::stack

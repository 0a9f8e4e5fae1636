#pragma once

#include <utility>

namespace tincan::inline v0::stack {

/// A state of the W3C's that has an event. A machine changes it when something happens; a page sees the change in the
/// task that fires the event, and no later one before that one's own event: what a handler reads is what its event is
/// about.
///
///     change(s)   the machine: true when it is another state, and an event is due
///     show(s)     the task: right before the event is fired
///     catchUp()   a call that changed it has returned: whoever called sees what it did (the W3C's promise is resolved)
template <class State>
class Attribute {
 public:
  explicit Attribute(State state) : actual_(state), shown_(state) {}

  /// As the page sees it.
  State shown() const { return shown_; }
  /// As it is.
  State actual() const { return actual_; }
  bool change(State to) { return std::exchange(actual_, to) != to; }
  void show(State state) { shown_ = state; }
  void catchUp() { shown_ = actual_; }

 private:
  State actual_, shown_;
};

}  // namespace tincan::inline v0::stack

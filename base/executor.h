#pragma once

#include <functional>
#include <utility>

namespace tincan::inline v0 {

/// Where work is done that a loop is not to be held by: encoding, and decoding pictures. Injected, like everything that
/// knows of threads; without one, work is done where it is asked for, at once, and a call stays a function of what went in.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Has `work` run once, on any thread, and `done` after it, on the loop's thread with nothing of the caller's on the
  /// stack. Where the executor goes first, what has not begun is left undone, and `done` is not called. Works that must not
  /// run side by side are posted one after the other: the next one when the one before is done.
  virtual void post(std::function<void()> work, std::function<void()> done) = 0;
  /// The same for works of a millisecond at most that cannot wait behind others that take longer: sound, beside pictures.
  virtual void postShort(std::function<void()> work, std::function<void()> done) {
    post(std::move(work), std::move(done));
  }
};

}  // namespace tincan::inline v0

#include "net/timer.h"

#include <chrono>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "net/asio_context.h"

namespace tincan::inline v0::net {

// Kept alive by the wait that is under way, so that the callback may destroy the Timer.
struct Timer::State : std::enable_shared_from_this<Timer::State> {
  explicit State(Loop& owner) : loop(owner), timer(contextOf(owner)) {}

  void start(TimePoint deadline, std::function<void()> callback) {
    function = std::move(callback);
    const uint64_t started = ++generation;
    if (deadline.isNever()) {
      timer.cancel();
      return;
    }
    timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(deadline.micros())));
    timer.async_wait([self = shared_from_this(), started](const boost::system::error_code&) {
      if (self->generation != started || !self->function) return;
      std::exchange(self->function, nullptr)();
    });
  }

  void cancel() {
    ++generation;
    function = nullptr;
    timer.cancel();
  }

  Loop& loop;
  boost::asio::steady_timer timer;
  std::function<void()> function;
  uint64_t generation = 0;
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop)) {}
Timer::~Timer() {
  state_->cancel();
}
void Timer::start(TimePoint deadline, std::function<void()> function) {
  state_->start(deadline, std::move(function));
}
void Timer::start(Duration delay, std::function<void()> function) {
  state_->start(state_->loop.now() + delay, std::move(function));
}
void Timer::cancel() {
  state_->cancel();
}
bool Timer::running() const {
  return static_cast<bool>(state_->function);
}

}  // namespace tincan::inline v0::net

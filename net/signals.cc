#include "net/signals.h"

#include <csignal>
#include <utility>

#include <boost/asio/signal_set.hpp>

#include "net/asio_context.h"

namespace tincan::inline v0::net {

struct Signals::State : std::enable_shared_from_this<Signals::State> {
  State(Loop& loop, std::function<void(int)> callback)
      : signals(contextOf(loop), SIGINT, SIGTERM, SIGHUP), function(std::move(callback)) {}

  void wait() {
    signals.async_wait([self = shared_from_this()](const boost::system::error_code& error, int signal) {
      if (error || self->closed) return;
      self->function(signal);
      if (!self->closed) self->wait();
    });
  }

  boost::asio::signal_set signals;
  std::function<void(int)> function;
  bool closed = false;
};

Signals::Signals(Loop& loop, std::function<void(int)> function)
    : state_(std::make_shared<State>(loop, std::move(function))) {
  state_->wait();
}

Signals::~Signals() {
  state_->closed = true;
  boost::system::error_code ignored;
  state_->signals.clear(ignored);  // from here on the signals do what they did before
  state_->signals.cancel(ignored);
}

}  // namespace tincan::inline v0::net

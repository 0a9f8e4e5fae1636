#include "net/fd_watcher.h"

#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "net/asio_context.h"

namespace tincan::inline v0::net {

namespace asio = boost::asio;

// Kept alive by the waits that are under way, so that a callback may destroy the watcher.
struct FdWatcher::State : std::enable_shared_from_this<FdWatcher::State> {
  State(Loop& loop, int fd, std::function<void()> readable, std::function<void()> writable)
      : descriptor(contextOf(loop), fd), onReadable(std::move(readable)), onWritable(std::move(writable)) {}

  void waitReadable() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (error || self->closed) return;
                            self->onReadable();
                            if (!self->closed) self->waitReadable();
                          });
  }

  void waitWritable() {
    if (std::exchange(waitsWritable, true)) return;
    descriptor.async_wait(asio::posix::descriptor_base::wait_write,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            self->waitsWritable = false;
                            if (!error && !self->closed) self->onWritable();
                          });
  }

  asio::posix::stream_descriptor descriptor;
  std::function<void()> onReadable;
  std::function<void()> onWritable;
  bool waitsWritable = false;
  bool closed = false;
};

FdWatcher::FdWatcher(Loop& loop, int fd, std::function<void()> onReadable, std::function<void()> onWritable)
    : state_(std::make_shared<State>(loop, fd, std::move(onReadable), std::move(onWritable))) {
  state_->waitReadable();
}

FdWatcher::~FdWatcher() {
  state_->closed = true;
  state_->descriptor.release();  // ends the waits and leaves the descriptor to its owner
}

void FdWatcher::watchWritable() {
  state_->waitWritable();
}

}  // namespace tincan::inline v0::net

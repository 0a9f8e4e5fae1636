#include "net/loop.h"

#include <chrono>

#include <boost/asio/post.hpp>

#include "net/asio_context.h"
#include "net/asio_runtime.h"
#include "net/udp_outbox.h"

namespace tincan::inline v0::net {
namespace {

std::chrono::steady_clock::time_point after(Duration wait) {
  return std::chrono::steady_clock::now() + std::chrono::microseconds(wait.micros());
}

}  // namespace

Loop::Loop(size_t poolLimit) : impl_(std::make_unique<Impl>(*this, poolLimit)) {}
Loop::~Loop() = default;

Loop::Impl::Impl(Loop& loop, size_t poolLimit)
    : pool(poolLimit),
      outbox(std::make_shared<UdpSocket::Outbox>()),
      asio(std::make_unique<AsioContext>()),
      runtime(std::make_unique<AsioRuntime>(loop)) {}
Loop::Impl::~Impl() = default;

void Loop::run() {
  impl_->asio->context.run();
  impl_->asio->context.restart();
}

bool Loop::runUntil(const std::function<bool()>& done, Duration limit) {
  const auto deadline = after(limit);
  while (!done()) {
    if (impl_->asio->context.run_one_until(deadline) > 0) continue;
    impl_->asio->context.restart();
    return done();
  }
  return true;
}

size_t Loop::poll(Duration wait) {
  auto& context = impl_->asio->context;
  size_t ran = wait > Duration::zero() ? context.run_one_until(after(wait)) : 0;
  while (ran < kMostAtOnce && context.poll_one() > 0) ++ran;
  context.restart();
  return ran;
}

void Loop::stop() {
  impl_->asio->context.stop();
}

void Loop::post(std::function<void()> function) {
  boost::asio::post(impl_->asio->context, std::move(function));
}

TimePoint Loop::now() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return TimePoint::fromMicros(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

NtpTime Loop::wallTime() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return NtpTime::fromUnixMicros(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

PacketPool& Loop::pool() {
  return impl_->pool;
}

std::optional<std::shared_ptr<void>>& Loop::kept(std::type_index type) {
  return impl_->kept[type];
}

}  // namespace tincan::inline v0::net

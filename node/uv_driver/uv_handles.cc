#include "node/uv_driver/uv_handles.h"

#include <chrono>
#include <utility>

namespace tincan::inline v0::node {

namespace {

/// A libuv handle on the heap: it lives until libuv has let go of it, which is after its owner has.
template <class Handle>
struct Boxed {
  explicit Boxed(UvLoop& owner) : loop(&owner) {
    handle.data = this;
    loop->opened();
  }
  void close() {
    function = {};
    uv_close(generic(), [](uv_handle_t* closing) {
      auto* self = static_cast<Boxed*>(closing->data);
      UvLoop* const owner = self->loop;
      delete self;
      owner->closed();
    });
  }
  // libuv's handles begin with the members of uv_handle_t (docs.libuv.org, "uv_handle_t").
  uv_handle_t* generic() { return static_cast<uv_handle_t*>(static_cast<void*>(&handle)); }
  template <class Any>
  static Boxed& of(Any* any) {
    return *static_cast<Boxed*>(any->data);
  }
  /// Run by libuv; the function may destroy its owner, and with it itself.
  void call() {
    const auto keep = function;
    if (keep) (*keep)();
  }

  UvLoop* loop;
  Handle handle{};
  std::shared_ptr<std::function<void()>> function;
};

std::shared_ptr<std::function<void()>> shared(std::function<void()> function) {
  return std::make_shared<std::function<void()>>(std::move(function));
}

}  // namespace

TimePoint UvLoop::now() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return TimePoint::fromMicros(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

int64_t UvLoop::unixMicrosAtZero() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count() - now().micros();
}

void UvLoop::whenEmpty(std::function<void()> empty) {
  empty_ = std::move(empty);
  ++handles_;
  closed();
}

void UvLoop::closed() {
  if (--handles_ == 0 && empty_) std::exchange(empty_, {})();
}

// ---- UvTimer ----

struct UvTimer::Box : Boxed<uv_timer_t> {
  using Boxed::Boxed;
};

UvTimer::UvTimer(UvLoop& loop, std::function<void()> function) : box_(new Box(loop)) {
  box_->function = shared(std::move(function));
  uv_timer_init(loop.uv(), &box_->handle);
  uv_unref(box_->generic());
}
UvTimer::~UvTimer() {
  box_->close();
}

// Never too early: the endpoint would find nothing due. libuv counts whole milliseconds from its cached clock.
void UvTimer::start(TimePoint deadline) {
  uv_update_time(box_->loop->uv());
  const int64_t wait = (deadline - box_->loop->now()).micros();
  uv_timer_start(
      &box_->handle, [](uv_timer_t* timer) { Box::of(timer).call(); },
      wait <= 0 ? 0 : static_cast<uint64_t>((wait + 999) / 1000), 0);
}
void UvTimer::cancel() {
  uv_timer_stop(&box_->handle);
}
bool UvTimer::running() const {
  return uv_is_active(box_->generic()) != 0;
}

// ---- UvPoll ----

struct UvPoll::Box : Boxed<uv_poll_t> {
  using Boxed::Boxed;
  void arm() {
    const int events = UV_READABLE | (wantsWritable ? UV_WRITABLE : 0);
    uv_poll_start(&handle, events, [](uv_poll_t* poll, int status, int ready) {
      static_cast<Box&>(Box::of(poll)).happened(status, ready);
    });
  }
  // A descriptor in trouble is readable: who reads it learns what is wrong.
  void happened(int status, int ready) {
    const auto readable = function;
    if (ready & UV_WRITABLE && wantsWritable) {
      wantsWritable = false;
      arm();
      const auto writable = onWritable;
      (*writable)();
    }
    if (function && (status != 0 || ready & UV_READABLE)) (*readable)();
  }
  bool wantsWritable = false;
  std::shared_ptr<std::function<void()>> onWritable;
};

UvPoll::UvPoll(UvLoop& loop, int fd, std::function<void()> onReadable, std::function<void()> onWritable)
    : box_(new Box(loop)) {
  box_->function = shared(std::move(onReadable));
  box_->onWritable = shared(std::move(onWritable));
  uv_poll_init(loop.uv(), &box_->handle, fd);
  box_->arm();
}
UvPoll::~UvPoll() {
  uv_poll_stop(&box_->handle);
  box_->close();
}
void UvPoll::watchWritable() {
  box_->wantsWritable = true;
  box_->arm();
}
void UvPoll::unref() {
  uv_unref(box_->generic());
}

// ---- UvSoon ----

UvSoon::UvSoon(UvLoop& loop, std::function<void()> function)
    : loop_(loop), queued_(std::make_shared<UvLoop::Queued>(UvLoop::Queued{std::move(function)})) {}
UvSoon::~UvSoon() {
  queued_->function = {};
}

struct UvLoop::Turn : Boxed<uv_idle_t> {
  using Boxed::Boxed;
};

// libuv runs idle handles last come, first served: so there is one, and a queue.
void UvLoop::inNextTurn(const std::shared_ptr<Queued>& queued) {
  if (queued->waits || closed_) return;
  queued->waits = true;
  queued_.push_back(queued);
  if (!turn_) {
    turn_ = new Turn(*this);
    turn_->function = shared([this] { runQueued(); });
    uv_idle_init(loop_, &turn_->handle);
  }
  uv_idle_start(&turn_->handle, [](uv_idle_t* idle) {
    uv_idle_stop(idle);
    Turn::of(idle).call();
  });
}

void UvLoop::runQueued() {
  for (const auto& each : std::exchange(queued_, {})) {
    each->waits = false;
    // A copy: it may destroy its owner.
    if (const auto function = each->function) function();
  }
}

void UvLoop::close() {
  closed_ = true;
  if (turn_) std::exchange(turn_, nullptr)->close();
}

}  // namespace tincan::inline v0::node

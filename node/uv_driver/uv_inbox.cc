#include "node/uv_driver/uv_inbox.h"

#include <utility>

namespace tincan::inline v0::node {

// Lives until libuv has let go of the handle, which is after the inbox has.
struct UvInbox::Box {
  UvLoop* loop;
  UvInbox* inbox;
  uv_async_t handle{};
  // libuv's handles begin with the members of uv_handle_t (docs.libuv.org, "uv_handle_t").
  uv_handle_t* generic() { return static_cast<uv_handle_t*>(static_cast<void*>(&handle)); }
};

std::shared_ptr<UvInbox> UvInbox::create(UvLoop& loop) {
  return std::shared_ptr<UvInbox>(new UvInbox(loop));
}

UvInbox::UvInbox(UvLoop& loop) : box_(new Box{&loop, this}) {
  box_->handle.data = box_;
  loop.opened();
  uv_async_init(loop.uv(), &box_->handle, [](uv_async_t* async) {
    if (UvInbox* inbox = static_cast<Box*>(async->data)->inbox) inbox->run();
  });
  uv_unref(box_->generic());
}

// By then nobody posts, and close() was called, or the process ends.
UvInbox::~UvInbox() = default;

void UvInbox::post(std::function<void()> function) {
  const std::lock_guard lock(mutex_);
  if (!box_) return;
  posted_.push_back(std::move(function));
  uv_async_send(&box_->handle);
}

void UvInbox::run() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& each : posted) each();
}

void UvInbox::close() {
  const std::lock_guard lock(mutex_);
  posted_.clear();
  Box* const box = std::exchange(box_, nullptr);
  if (!box) return;
  box->inbox = nullptr;
  uv_close(box->generic(), [](uv_handle_t* closing) {
    const std::unique_ptr<Box> closed(static_cast<Box*>(closing->data));
    closed->loop->closed();
  });
}

}  // namespace tincan::inline v0::node

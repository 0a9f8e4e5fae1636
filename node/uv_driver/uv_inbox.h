#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "node/uv_driver/uv_handles.h"

namespace tincan::inline v0::node {

/// Where other threads leave what is to run on the loop (uv_async_t): the one thing here that they may touch. Keeps no
/// process alive.
class UvInbox {
 public:
  static std::shared_ptr<UvInbox> create(UvLoop& loop);
  ~UvInbox();
  UvInbox(const UvInbox&) = delete;
  UvInbox& operator=(const UvInbox&) = delete;

  /// On any thread. Dropped once it is closed.
  void post(std::function<void()> function);
  /// On the loop.
  void close();

 private:
  struct Box;
  explicit UvInbox(UvLoop& loop);
  void run();

  std::mutex mutex_;  // of both below
  std::vector<std::function<void()>> posted_;
  Box* box_ = nullptr;  // none once it is closed
};

}  // namespace tincan::inline v0::node

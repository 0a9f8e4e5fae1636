#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "net/runtime.h"

namespace tincan::inline v0::net {

/// Says when this machine's interfaces or their addresses have changed (rtnetlink(7)), once for a burst of news. One
/// for a loop, shared by its drivers; lives as long as anybody subscribes, and keeps no loop running.
class InterfaceWatch : public std::enable_shared_from_this<InterfaceWatch> {
 public:
  /// A change comes in several messages: address, link, routes. They are told once, this long after the first.
  static constexpr Duration kSettle = Duration::millis(50);

  /// The loop's own; an error where the kernel gives no netlink socket.
  static Result<std::shared_ptr<InterfaceWatch>> of(Runtime& runtime);
  ~InterfaceWatch();
  InterfaceWatch(const InterfaceWatch&) = delete;
  InterfaceWatch& operator=(const InterfaceWatch&) = delete;

  /// Called on the loop after each change, until the subscription is dropped, which may happen inside the call.
  using Subscription = std::shared_ptr<std::function<void()>>;
  [[nodiscard]] Subscription subscribe(std::function<void()> changed);

 private:
  InterfaceWatch(Runtime& runtime, int fd);
  void read();
  void tell();

  Runtime& runtime_;
  int fd_;
  std::unique_ptr<Runtime::Timer> timer_;
  std::vector<std::weak_ptr<std::function<void()>>> subscribers_;
  std::unique_ptr<Runtime::Watcher> watcher_;
};

}  // namespace tincan::inline v0::net

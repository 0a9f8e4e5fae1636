#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "node/uv_driver/uv_handles.h"

namespace tincan::inline v0::node {

/// Says when this machine's interfaces or their addresses have changed (rtnetlink(7)), once for a burst of news. One for
/// a loop, shared by its drivers; lives as long as anybody subscribes, and keeps no process alive.
class UvInterfaceWatch : public std::enable_shared_from_this<UvInterfaceWatch> {
 public:
  /// A change comes in several messages: address, link, routes. They are told once, this long after the first.
  static constexpr Duration kSettle = Duration::millis(50);

  /// What to drop when nobody wants to know any more, which may be inside the call. Null where the kernel gives no
  /// netlink socket.
  struct Subscriber;
  using Subscription = std::shared_ptr<Subscriber>;
  [[nodiscard]] static Subscription subscribe(UvLoop& loop, std::function<void()> changed);

  ~UvInterfaceWatch();
  UvInterfaceWatch(const UvInterfaceWatch&) = delete;
  UvInterfaceWatch& operator=(const UvInterfaceWatch&) = delete;

 private:
  UvInterfaceWatch(UvLoop& loop, int fd);
  void read();
  void tell();

  UvLoop& loop_;
  int fd_;
  UvTimer timer_;
  std::vector<std::weak_ptr<Subscriber>> subscribers_;
  std::unique_ptr<UvPoll> watcher_;
};

struct UvInterfaceWatch::Subscriber {
  std::shared_ptr<UvInterfaceWatch> watch;
  std::function<void()> changed;
};

}  // namespace tincan::inline v0::node

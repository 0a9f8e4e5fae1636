#include "net/interface_watch.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tincan::inline v0::net {

Result<std::shared_ptr<InterfaceWatch>> InterfaceWatch::of(Runtime& runtime) {
  if (auto running = runtime.interfaceWatch.lock()) return running;
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  const void* generic = &address;
  if (fd < 0 || ::bind(fd, static_cast<const sockaddr*>(generic), sizeof address) != 0) {
    const Error error(ErrorCode::kIo, std::string("cannot watch the network interfaces: ") + std::strerror(errno));
    if (fd >= 0) ::close(fd);
    return error;
  }
  std::shared_ptr<InterfaceWatch> watch(new InterfaceWatch(runtime, fd));
  runtime.interfaceWatch = watch;
  return watch;
}

InterfaceWatch::InterfaceWatch(Runtime& runtime, int fd)
    : runtime_(runtime),
      fd_(fd),
      timer_(runtime.timer()),
      watcher_(runtime.watch(fd, Runtime::KeepsAlive::kNo, [this] { read(); })) {}

InterfaceWatch::~InterfaceWatch() {
  watcher_.reset();
  ::close(fd_);
}

InterfaceWatch::Subscription InterfaceWatch::subscribe(std::function<void()> changed) {
  auto subscription = std::make_shared<std::function<void()>>(std::move(changed));
  subscribers_.push_back(subscription);
  return subscription;
}

// What the messages say is not read: whoever wants to know lists the interfaces, which is right even when some of the
// messages were lost (ENOBUFS).
void InterfaceWatch::read() {
  std::array<uint8_t, 8192> scratch;
  for (;;) {
    const ssize_t got = ::recv(fd_, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
    if (got <= 0) break;
  }
  if (!timer_->running()) timer_->start(runtime_.now() + kSettle, [this] { tell(); });
}

void InterfaceWatch::tell() {
  const auto self = shared_from_this();
  std::erase_if(subscribers_, [](const auto& each) { return each.expired(); });
  for (const auto& each : std::vector(subscribers_)) {
    if (const auto subscriber = each.lock()) (*subscriber)();
  }
}

}  // namespace tincan::inline v0::net

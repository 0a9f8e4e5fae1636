#include "node/uv_driver/uv_interface_watch.h"

#include <array>
#include <cerrno>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tincan::inline v0::node {

UvInterfaceWatch::Subscription UvInterfaceWatch::subscribe(UvLoop& loop, std::function<void()> changed) {
  auto watch = loop.interfaceWatch.lock();
  if (!watch) {
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    const void* generic = &address;
    if (fd < 0) return nullptr;
    if (::bind(fd, static_cast<const sockaddr*>(generic), sizeof address) != 0) {
      ::close(fd);
      return nullptr;
    }
    watch.reset(new UvInterfaceWatch(loop, fd));
    loop.interfaceWatch = watch;
  }
  auto out = std::make_shared<Subscriber>(Subscriber{watch, std::move(changed)});
  std::erase_if(watch->subscribers_, [](const auto& each) { return each.expired(); });
  watch->subscribers_.push_back(out);
  return out;
}

UvInterfaceWatch::UvInterfaceWatch(UvLoop& loop, int fd)
    : loop_(loop),
      fd_(fd),
      timer_(loop, [this] { tell(); }),
      watcher_(std::make_unique<UvPoll>(loop, fd, [this] { read(); })) {
  watcher_->unref();
}

UvInterfaceWatch::~UvInterfaceWatch() {
  watcher_.reset();
  ::close(fd_);
}

// What the messages say is not read: whoever wants to know lists the interfaces, which is right even when some of the
// messages were lost (ENOBUFS).
void UvInterfaceWatch::read() {
  std::array<uint8_t, 8192> scratch;
  for (;;) {
    const ssize_t got = ::recv(fd_, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
    if (got <= 0) break;
  }
  if (!timer_.running()) timer_.start(loop_.now() + kSettle);
}

void UvInterfaceWatch::tell() {
  const auto self = shared_from_this();
  for (const auto& each : std::vector(subscribers_)) {
    if (const auto subscriber = each.lock()) subscriber->changed();
  }
}

}  // namespace tincan::inline v0::node

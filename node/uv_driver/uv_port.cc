#include "node/uv_driver/uv_port.h"

#include <algorithm>
#include <span>
#include <utility>

namespace tincan::inline v0::node {

UvPort::UvPort(UvLoop& loop, std::unique_ptr<net::UdpSocket> socket, size_t queueLimit,
               std::function<void(UvPort&)> onReadable)
    : queueLimit_(queueLimit),
      socket_(std::move(socket)),
      watcher_(
          loop, socket_->fd(), [this, readable = std::move(onReadable)] { readable(*this); },
          [this] {
            blocked_ = false;
            flush();
          }) {
  socket_->setOutbox(loop.outbox());
}

void UvPort::send(const SocketAddress& remote, PacketBuffer packet, Ecn ecn) {
  if (queue_.size() >= std::min(net::UdpSocket::kBatch, queueLimit_)) flush();
  if (queue_.size() >= queueLimit_) return;
  queue_.push_back({remote, std::move(packet), ecn});
}

void UvPort::flush() {
  if (blocked_) return;
  size_t done = 0;
  while (done < queue_.size()) {
    const net::UdpSocket::Sent sent = socket_->send(std::span(queue_).subspan(done));
    done += sent.consumed();
    if (sent.blocked) {
      blocked_ = true;
      watcher_.watchWritable();
      break;
    }
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(done));
}

}  // namespace tincan::inline v0::node

#include "net/udp_port.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::net {

UdpPort::UdpPort(Runtime& runtime, std::unique_ptr<UdpSocket> socket, size_t queueLimit, DriverStats& stats,
                 std::function<void(UdpPort&)> onReadable)
    : runtime_(runtime),
      stats_(stats),
      queueLimit_(queueLimit),
      socket_(std::move(socket)),
      watcher_(runtime.watch(
          socket_->fd(), Runtime::KeepsAlive::kYes, [this, readable = std::move(onReadable)] { readable(*this); },
          [this] {
            blocked_ = false;
            flush();
          })) {
  socket_->setOutbox(runtime.outbox());
}

void UdpPort::send(const SocketAddress& remote, PacketBuffer packet, Ecn ecn, uint8_t dscp) {
  if (queue_.size() >= std::min(UdpSocket::kBatch, queueLimit_)) flush();
  if (queue_.size() >= queueLimit_) {
    ++stats_.droppedQueueFull;
    return;
  }
  if (queue_.empty()) queue_ = runtime_.spareQueues.take();
  queue_.push_back({remote, std::move(packet), ecn, TimePoint::never(), dscp});
}

void UdpPort::flush() {
  if (blocked_ || queue_.empty()) return;
  size_t done = 0;
  while (done < queue_.size()) {
    const UdpSocket::Sent sent = socket_->send(std::span(queue_).subspan(done));
    ++stats_.sendCalls;
    stats_.messagesSent += sent.messages;
    stats_.packetsSent += sent.packets;
    stats_.sendErrors += sent.errors;
    for (size_t i = done; i < done + sent.consumed(); ++i) stats_.bytesSent += queue_[i].packet.size();
    done += sent.consumed();
    if (sent.blocked) {
      blocked_ = true;
      watcher_->watchWritable();
      break;
    }
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(done));
  if (queue_.empty()) runtime_.spareQueues.give(std::move(queue_));
}

UdpSocket::Received UdpPort::receive(PacketPool& pool, UdpSocket::Inbox& inbox) {
  const UdpSocket::Received received = socket_->receive(pool, inbox);
  ++stats_.receiveCalls;
  stats_.packetsReceived += received.packets;
  stats_.droppedTooLong += received.tooLong;
  stats_.droppedNoBuffer += received.noBuffer;
  for (const UdpSocket::Datagram& each : inbox.packets()) stats_.bytesReceived += each.packet.size();
  return received;
}

}  // namespace tincan::inline v0::net

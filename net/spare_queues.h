#pragma once

#include <utility>
#include <vector>

#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// The memory of queues of packets that leave, which the sockets of a loop share: of a thousand, few have something to send
/// at one moment. One for a Runtime.
class SpareQueues {
 public:
  using Queue = std::vector<UdpSocket::Datagram>;

  /// Empty, with the room that another one had.
  Queue take() {
    if (spare_.empty()) return {};
    Queue out = std::move(spare_.back());
    spare_.pop_back();
    return out;
  }
  /// It is empty again.
  void give(Queue queue) {
    if (spare_.size() < kMost) spare_.push_back(std::move(queue));
  }

 private:
  static constexpr size_t kMost = 8;
  std::vector<Queue> spare_;
};

}  // namespace tincan::inline v0::net

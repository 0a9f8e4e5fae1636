#pragma once

// For net/udp_*.cc files only: the kernel's view of a batch that leaves.

#include <array>
#include <cstdint>
#include <sys/socket.h>

#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// The arrays that sendmmsg works on. Message i carries `counts[i]` packets, gathered from their own
/// buffers by as many vectors.
struct UdpSocket::Outbox {
  /// Room for a segment size (GSO) and a traffic class (ECN).
  struct alignas(cmsghdr) Control {
    std::array<uint8_t, CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(int))> bytes;
  };

  std::array<mmsghdr, kBatch> messages{};
  std::array<size_t, kBatch> counts{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_storage, kBatch> addresses{};
  std::array<Control, kBatch> controls{};
};

}  // namespace tincan::inline v0::net

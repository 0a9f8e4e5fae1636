#pragma once

// For .cc files only: what is behind a Loop. Nothing that users include includes this, and this does not include
// Boost.Asio: the few files that need its context include net/asio_context.h.

#include <map>
#include <memory>
#include <optional>
#include <typeindex>

#include "net/loop.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// The io_context; defined in net/asio_context.h.
struct AsioContext;
class AsioRuntime;

struct Loop::Impl {
  Impl(Loop& loop, size_t poolLimit);
  ~Impl();

  PacketPool pool;
  UdpSocket::Inbox inbox;                     // for the socket that is being read; one handler runs at a time
  std::shared_ptr<UdpSocket::Outbox> outbox;  // for the one that sends
  std::map<std::type_index, std::optional<std::shared_ptr<void>>> kept;  // Loop::keep
  std::unique_ptr<AsioContext> asio;
  std::unique_ptr<AsioRuntime> runtime;  // this loop as drivers see it
};

}  // namespace tincan::inline v0::net

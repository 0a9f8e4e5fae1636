#pragma once

// For .cc files only: what is behind a Loop. Nothing that users include includes this.

#include <memory>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "net/loop.h"
#include "net/udp_socket.h"

namespace tincan::net {

class InterfaceWatch;

struct Loop::Impl {
  explicit Impl(size_t poolLimit) : pool(poolLimit) {}

  PacketPool pool;
  std::weak_ptr<InterfaceWatch> interfaceWatch;
  UdpSocket::Inbox inbox;              // for the socket that is being read; one handler runs at a time
  boost::asio::io_context context{1};  // one thread runs it; `post` and `stop` may come from others
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
};

inline boost::asio::io_context& contextOf(Loop& loop) {
  return loop.impl().context;
}

}  // namespace tincan::net

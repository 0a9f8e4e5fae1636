#pragma once

// The wall around Boost.Asio: for the .cc files that have its timers, sockets and resolver.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "net/loop_impl.h"

namespace tincan::inline v0::net {

struct AsioContext {
  boost::asio::io_context context{1};  // one thread runs it; `post` and `stop` may come from others
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
};

inline boost::asio::io_context& contextOf(Loop& loop) {
  return loop.impl().asio->context;
}

}  // namespace tincan::inline v0::net

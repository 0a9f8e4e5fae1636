#include "net/stream_table.h"

#include <algorithm>
#include <unistd.h>

namespace tincan::inline v0::net {

StreamTable::StreamTable(Runtime& runtime, std::string extraCertificates, Callbacks callbacks)
    : runtime_(runtime), extraCertificates_(std::move(extraCertificates)), callbacks_(std::move(callbacks)) {}

ByteStream::Callbacks StreamTable::callbacksFor(uint32_t key, std::optional<uint32_t> opening) {
  ByteStream::Callbacks out;
  if (opening) {
    out.opened = [this, key, id = *opening](Result<Route> route) {
      if (!route) drop(key);
      callbacks_.answer(StreamOpened{id, std::move(route)});
    };
  }
  out.received = [this, key](PacketBuffer packet) { callbacks_.received(find(key)->route(), std::move(packet)); };
  out.closed = [this, key] {
    const Route route = find(key)->route();
    drop(key);
    callbacks_.answer(StreamClosed{route});
  };
  return out;
}

void StreamTable::open(const OpenStream& request) {
  const uint32_t key = ++lastKey_;
  streams_.push_back({key, false, runtime_.connect(request, extraCertificates_, callbacksFor(key, request.id))});
}

Result<SocketAddress> StreamTable::listen(const SocketAddress& local) {
  auto listener = TcpListener::open(runtime_, local, [this](int fd, const Route& route) { accept(fd, route); });
  if (!listener) return listener.error();
  listeners_.push_back(std::move(listener).value());
  return listeners_.back()->local();
}

void StreamTable::accept(int fd, const Route& route) {
  const auto taken = std::count_if(streams_.begin(), streams_.end(), [](const Entry& e) { return e.accepted; });
  if (static_cast<size_t>(taken) >= kMaxAccepted) {
    ::close(fd);
    return;
  }
  const uint32_t key = ++lastKey_;
  streams_.push_back({key, true, runtime_.adopt(fd, route, callbacksFor(key, std::nullopt))});
  callbacks_.answer(StreamAccepted{route});
}

ByteStream* StreamTable::find(uint32_t key) {
  const auto it = std::find_if(streams_.begin(), streams_.end(), [key](const Entry& e) { return e.key == key; });
  return it == streams_.end() ? nullptr : it->stream.get();
}

void StreamTable::drop(uint32_t key) {
  std::erase_if(streams_, [key](const Entry& e) { return e.key == key; });
}

StreamTable::Sent StreamTable::send(Transmit transmit) {
  for (const Entry& each : streams_) {
    if (!each.stream->isOpen() || each.stream->route() != transmit.route) continue;
    return each.stream->send(std::move(transmit.packet)) ? Sent::kTaken : Sent::kQueueFull;
  }
  return Sent::kUnroutable;
}

void StreamTable::close(const Route& route) {
  std::erase_if(streams_, [&](const Entry& e) { return e.stream->isOpen() && e.stream->route() == route; });
}

bool StreamTable::closeAddress(const IpAddress& local) {
  std::erase_if(listeners_, [&](const auto& listener) { return listener->local().ip == local; });
  std::vector<Route> gone;
  for (const Entry& e : streams_) {
    if (e.stream->isOpen() && e.stream->route().local.ip == local) gone.push_back(e.stream->route());
  }
  for (const Route& route : gone) {
    close(route);
    if (!callbacks_.answer(StreamClosed{route})) return false;
  }
  return true;
}

void StreamTable::clear() {
  streams_.clear();
  listeners_.clear();
}

}  // namespace tincan::inline v0::net

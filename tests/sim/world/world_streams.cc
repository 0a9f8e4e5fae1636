// The part of World that carries TCP and TLS streams.
#include <algorithm>

#include "tests/sim/world/world.h"

namespace tincan::inline v0::sim {
namespace {

constexpr Duration kConnectTimeout = Duration::seconds(10);
constexpr Duration kFirstRto = Duration::millis(300);
constexpr int kMaxAttempts = 6;  // on one wire: 9.3 s, and then the connection is gone
constexpr size_t kMss = 1400;
constexpr size_t kTcpHeader = 20;

}  // namespace

void World::setCertificate(Host& host, std::vector<std::string> names) {
  certificates_[&host] = std::move(names);
}

TcpListening World::listen(Attached& attached, const ListenTcp& request) {
  Host& host = *attached.host;
  TcpListening out{request.id, {}};
  for (const IpAddress& address : host.addresses()) {
    if (request.local.ip.isSpecified() && !request.local.ip.isAny() && request.local.ip != address) continue;
    SocketAddress local{address, request.local.port};
    if (local.port == 0) local.port = host.freeTcpPort();
    if (host.listeners_.emplace(local, attached.endpoint).second) out.locals.push_back(local);
  }
  return out;
}

TcpPath World::findPath(Host& from, const SocketAddress& source, const SocketAddress& remote) {
  TcpPath path{nullptr, source, {}, {}};
  if (from.has(remote.ip)) {
    path.host = &from;
    return path;
  }
  path.there.push_back(&from.up);
  path.back.push_back(&from.down);
  for (Realm* realm = &from.realm(); realm != nullptr;) {
    if (const auto at = realm->hosts.find(remote.ip); at != realm->hosts.end()) {
      path.host = at->second;
      path.there.push_back(&path.host->down);
      path.back.push_back(&path.host->up);
      break;
    }
    // A connection from outside never goes in through a NAT.
    NatBox* gateway = realm->boxes.contains(remote.ip) ? nullptr : realm->gateway;
    if (gateway == nullptr || gateway->nat.outside() == remote.ip) break;
    path.seen = {gateway->nat.outside(), gateway->nextTcpPort++};
    path.there.push_back(&gateway->up);
    path.back.push_back(&gateway->down);
    realm = &gateway->outside;
  }
  std::reverse(path.back.begin(), path.back.end());
  return path;
}

void World::journey(std::vector<Link*> path, size_t ipSize, std::function<void(bool)> done) {
  hop(std::make_shared<Journey>(Journey{std::move(path), ipSize, 0, 0, std::move(done)}));
}

void World::hop(std::shared_ptr<Journey> j) {
  if (j->next == j->path.size()) return j->done(true);
  const std::vector<TimePoint> arrivals = j->path[j->next]->send(now_, j->ipSize, random_);
  if (!arrivals.empty()) {
    ++j->next;
    j->attempts = 0;
    return schedule(arrivals.front(), [this, j] { hop(j); });
  }
  if (++j->attempts == kMaxAttempts) return j->done(false);
  schedule(now_ + kFirstRto * (int64_t{1} << (j->attempts - 1)), [this, j] { hop(j); });
}

void World::openStream(Attached& attached, const OpenStream& request) {
  Host& host = *attached.host;
  Endpoint& endpoint = *attached.endpoint;
  const auto timeOut = [this, &endpoint, id = request.id](Duration wait) {
    tell(endpoint, wait, StreamOpened{id, Error(ErrorCode::kTimeout, "the connection timed out")});
  };
  const auto local = std::find_if(host.addresses().begin(), host.addresses().end(),
                                  [&](const IpAddress& ip) { return ip.family() == request.remote.ip.family(); });
  if (local == host.addresses().end()) {
    const Error error(ErrorCode::kNetworkError, "the network is unreachable");
    return tell(endpoint, Duration::zero(), StreamOpened{request.id, error});
  }
  const SocketAddress source{*local, host.freeTcpPort()};
  const TcpPath path = findPath(host, source, request.remote);
  if (path.host == nullptr) return timeOut(kConnectTimeout);

  const size_t size = kTcpHeader + 20;
  journey(path.there, size, [=, this, &host, &endpoint](bool reached) {
    if (!reached) return timeOut(Duration::zero());
    const bool listening = path.host->listeners_.contains(request.remote);
    journey(path.back, size, [=, this, &host, &endpoint](bool back) {
      if (!back) return timeOut(Duration::zero());
      if (!listening) {
        const Error error(ErrorCode::kNetworkError, "Connection refused");
        return tell(endpoint, Duration::zero(), StreamOpened{request.id, error});
      }
      if (request.protocol == Protocol::kTcp) return established(endpoint, host, request, source, path);
      std::vector<Link*> both = path.there;
      both.insert(both.end(), path.back.begin(), path.back.end());
      journey(both, size + kMss, [=, this, &host, &endpoint](bool shookHands) {
        if (!shookHands) return timeOut(Duration::zero());
        established(endpoint, host, request, source, path);
      });
    });
  });
}

void World::established(Endpoint& endpoint, Host& host, const OpenStream& request, const SocketAddress& source,
                        const TcpPath& path) {
  const auto listener = path.host->listeners_.find(request.remote);
  if (find(endpoint) == nullptr || listener == path.host->listeners_.end()) {
    const Error error(ErrorCode::kNetworkError, "Connection reset by peer");
    return tell(endpoint, Duration::zero(), StreamOpened{request.id, error});
  }
  if (request.protocol == Protocol::kTls) {
    const auto names = certificates_.find(path.host);
    if (names == certificates_.end() ||
        std::find(names->second.begin(), names->second.end(), request.host) == names->second.end()) {
      const Error error(ErrorCode::kUnauthenticated, "certificate refused: hostname mismatch");
      return tell(endpoint, Duration::zero(), StreamOpened{request.id, error});
    }
  }
  const uint64_t id = nextStream_++;
  TcpStream& stream = streams_[id];
  stream.ends[0] = {&endpoint, &host, {request.protocol, source, request.remote}, path.there, 0, 0, {}};
  stream.ends[1] = {listener->second, path.host, {request.protocol, request.remote, path.seen}, path.back, 0, 0, {}};
  tell(endpoint, Duration::zero(), StreamOpened{request.id, stream.ends[0].route});
  sendSegment(id, 0, {TcpSegment::Kind::kAccept, {}});
}

std::pair<uint64_t, size_t> World::findStream(const Endpoint& endpoint, const Route& route) const {
  for (const auto& [id, stream] : streams_) {
    for (size_t side = 0; side < 2; ++side) {
      if (stream.ends[side].endpoint == &endpoint && stream.ends[side].route == route) return {id, side};
    }
  }
  return {0, 0};
}

void World::sendOnStream(Attached& attached, const Transmit& transmit) {
  const auto [id, side] = findStream(*attached.endpoint, transmit.route);
  if (id == 0) {
    ++stats_.unroutable;
    return;
  }
  noteOnWire(*attached.host, {transmit.route.local, transmit.route.remote, toBytes(transmit.packet.view())},
             transmit.route.protocol);
  ByteView rest = transmit.packet.view();
  while (!rest.empty()) {
    // One write in four is torn at any place: nobody may rely on a chunk being a message.
    size_t size = std::min(rest.size(), kMss);
    if (chance(random_, 0.25)) size = 1 + static_cast<size_t>(random_.below(size));
    sendSegment(id, side, {TcpSegment::Kind::kData, toBytes(rest.first(size))});
    rest = rest.subspan(size);
  }
}

void World::sendSegment(uint64_t id, size_t side, TcpSegment segment) {
  TcpEnd& from = streams_[id].ends[side];
  const uint64_t number = from.nextSent++;
  const size_t size = segment.bytes.size() + kTcpHeader + (from.route.remote.ip.isV4() ? 20 : 40);
  journey(from.path, size, [this, id, side, number, segment = std::move(segment)](bool arrived) {
    const auto at = streams_.find(id);
    if (at == streams_.end()) return;
    if (!arrived) return breakStream(id);
    at->second.ends[1 - side].arrived[number] = segment;
    readStream(id, 1 - side);
  });
}

void World::readStream(uint64_t id, size_t side) {
  Bytes chunk;
  const auto flush = [&](TcpEnd& end) {
    Attached* reader = end.endpoint != nullptr ? find(*end.endpoint) : nullptr;
    PacketBuffer packet = pool_.copy(chunk);
    chunk.clear();
    if (reader == nullptr || packet.empty()) return;
    ++stats_.delivered;
    reader->endpoint->receive(now_, Route(end.route), std::move(packet));
    drain(*reader);
  };
  // The reader may close the stream meanwhile: it is looked up again each time.
  for (auto at = streams_.find(id); at != streams_.end(); at = streams_.find(id)) {
    TcpEnd& end = at->second.ends[side];
    const auto next = end.arrived.find(end.nextRead);
    const bool data = next != end.arrived.end() && next->second.kind == TcpSegment::Kind::kData;
    if (!chunk.empty() && (!data || chunk.size() + next->second.bytes.size() > kMss)) {
      flush(end);
      continue;
    }
    if (next == end.arrived.end()) return;
    const TcpSegment segment = std::move(next->second);
    end.arrived.erase(next);
    ++end.nextRead;
    switch (segment.kind) {
      case TcpSegment::Kind::kAccept:
        if (end.endpoint != nullptr) tellNow(*end.endpoint, StreamAccepted{end.route});
        break;
      case TcpSegment::Kind::kData: chunk.insert(chunk.end(), segment.bytes.begin(), segment.bytes.end()); break;
      case TcpSegment::Kind::kFin: {
        const TcpEnd ended = end;
        streams_.erase(id);
        if (ended.endpoint != nullptr) tellNow(*ended.endpoint, StreamClosed{ended.route});
        return;
      }
    }
  }
}

void World::breakStream(uint64_t id) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  const TcpStream broken = at->second;
  streams_.erase(at);
  for (const TcpEnd& end : broken.ends) {
    if (end.endpoint != nullptr) tell(*end.endpoint, Duration::zero(), StreamClosed{end.route});
  }
}

void World::closeStream(Endpoint& endpoint, const Route& route) {
  const auto [id, side] = findStream(endpoint, route);
  if (id == 0) return;
  streams_[id].ends[side].endpoint = nullptr;
  sendSegment(id, side, {TcpSegment::Kind::kFin, {}});
}

void World::closeAll(Endpoint& endpoint) {
  for (const auto& host : hosts_) {
    std::erase_if(host->sockets_, [&](const auto& entry) { return entry.second == &endpoint; });
    std::erase_if(host->listeners_, [&](const auto& entry) { return entry.second == &endpoint; });
  }
  std::vector<Route> routes;
  for (const auto& [id, stream] : streams_) {
    for (const TcpEnd& end : stream.ends) {
      if (end.endpoint == &endpoint) routes.push_back(end.route);
    }
  }
  for (const Route& route : routes) closeStream(endpoint, route);
}

}  // namespace tincan::inline v0::sim

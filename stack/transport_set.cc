#include "stack/transport_set.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "stun/message.h"

namespace tincan::inline v0::stack {
namespace {

// A request's id has the number of its transport in the middle: the agent tells what it asks for by the two bits on top,
// and counts from below. The first transport's are as they were.
constexpr uint32_t kPathShift = 18, kPathMask = 0xFFF, kRtcpMark = 0x800;
constexpr uint32_t kOwnMask = ~(kPathMask << kPathShift);
constexpr uint16_t kMdnsPort = 5353;  // RFC 6762 §3: all that ask share it
constexpr size_t kMaxGoodbyes = 64;   // packets of those that leave
constexpr size_t kMaxSockets = 1024;  // addresses of all transports; past them packets go to the first

// As much of a path's id as a request's has room for.
uint32_t markOf(uint32_t path) {
  return (path & (kRtcpMark - 1)) | (isRtcpPath(path) ? kRtcpMark : 0);
}

uint32_t tagged(uint32_t path, uint32_t id) {
  return (id & kOwnMask) | markOf(path) << kPathShift;
}

template <class T>
concept HasId = requires(T& value) {
  value.id;
};

// "theirs" of a check's USERNAME "ours:theirs" (RFC 8445 §7.2.2); empty where the packet is none.
std::string_view callerOf(ByteView packet) {
  if (packet.empty() || packet[0] > 3) return {};
  constexpr size_t kHeader = 20;
  constexpr unsigned kUsername = 0x0006;  // RFC 8489 §14.3
  for (size_t at = kHeader; at + 4 <= packet.size();) {
    const unsigned type = static_cast<unsigned>(packet[at] << 8 | packet[at + 1]);
    const size_t size = static_cast<size_t>(packet[at + 2] << 8 | packet[at + 3]);
    if (at + 4 + size > packet.size()) return {};
    if (type == kUsername) {
      const std::string_view name = asText(packet.subspan(at + 4, size));
      const size_t colon = name.find(':');
      return colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
    }
    at += 4 + (size + 3) / 4 * 4;
  }
  return {};
}

}  // namespace

TransportSet::TransportSet(PacketPool& pool, Maker make) : pool_(pool), make_(std::move(make)) {
  paths_.push_back(make_(0));
}

TransportPath* TransportSet::find(uint32_t id) const {
  for (const auto& path : paths_)
    if (path->id == id) return path.get();
  return nullptr;
}

void TransportSet::ensure(const std::vector<uint32_t>& ids) {
  for (const uint32_t id : ids)
    if (!find(id) && paths_.size() < 4 * kMaxTransports) paths_.push_back(make_(id));
}

void TransportSet::keep(TimePoint now, const std::vector<uint32_t>& ids,
                        const std::function<void(TransportPath&)>& leaving) {
  const auto isNeeded = [&](const TransportPath& path) {
    return ids.empty() ? &path == paths_.front().get() : std::find(ids.begin(), ids.end(), path.id) != ids.end();
  };
  if (std::none_of(paths_.begin(), paths_.end(), [&](const auto& path) { return isNeeded(*path); })) return;
  for (const auto& path : paths_) {
    if (isNeeded(*path)) continue;
    leaving(*path);
    if (path->media) path->media->close(now);
    path->transport->close(now);
    Transmit out;
    while (goodbyes_.size() < kMaxGoodbyes && path->transport->pollTransmit(now, out))
      goodbyes_.push_back(std::move(out));
    IoRequest request;
    while (path->transport->pollIoRequest(request))
      if (std::holds_alternative<CloseStream>(request)) requests_.push_back(std::move(request));
    closeSockets(path->id);
  }
  std::erase_if(paths_, [&](const auto& path) { return !isNeeded(*path); });
}

void TransportSet::closeSockets(uint32_t path) {
  std::erase_if(sockets_, [&](const Socket& socket) {
    if (socket.path != path) return false;
    const auto same = [&](const IoRequest& each) {
      auto* close = std::get_if<CloseUdp>(&each);
      return close && close->id == socket.request;
    };
    const auto known = std::find_if(requests_.begin(), requests_.end(), same);
    const bool isUdp = !socket.stream;
    if (isUdp && known != requests_.end()) {
      std::get<CloseUdp>(*known).locals.push_back(socket.local);
    } else if (isUdp) {
      requests_.push_back(CloseUdp{socket.request, {socket.local}});
    }
    return true;
  });
}

// ---- to the one that it is for ----

TransportPath* TransportSet::ownerOf(const Route& route, ByteView packet) const {
  if (paths_.size() == 1) return paths_.front().get();
  const bool stream = route.protocol != Protocol::kUdp;
  std::vector<TransportPath*> owners;
  for (const Socket& socket : sockets_) {
    if (socket.stream != stream || socket.local != route.local) continue;
    if (TransportPath* path = find(socket.path)) owners.push_back(path);
  }
  if (owners.empty()) return paths_.front().get();
  return owners.size() == 1 ? owners.front() : byPeer(owners, route, packet);
}

// They share a port: a check that says by its name who makes it, and an address that one of them knows. Both components of
// a transport have one name.
TransportPath* TransportSet::byPeer(const std::vector<TransportPath*>& owners, const Route& route,
                                    ByteView packet) const {
  const std::string_view caller = callerOf(packet);
  const auto isNamed = [&](const TransportPath* path) { return !caller.empty() && path->remote.ufrag() == caller; };
  const auto knows = [&](const TransportPath* path) {
    const auto candidates = path->transport->iceAgent().remoteCandidates();
    return std::any_of(candidates.begin(), candidates.end(),
                       [&](const ice::Candidate& each) { return each.address == route.remote; });
  };
  TransportPath* named = nullptr;
  for (TransportPath* path : owners) {
    if (!isNamed(path)) continue;
    if (knows(path)) return path;
    if (!named) named = path;
  }
  if (named) return named;
  const auto known = std::find_if(owners.begin(), owners.end(), knows);
  return known == owners.end() ? owners.front() : *known;
}

void TransportSet::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  if (paths_.size() > 1 && route.local.port == kMdnsPort) {
    for (size_t i = 1; i < paths_.size(); ++i)
      if (PacketBuffer copy = pool_.copy(packet.view())) paths_[i]->transport->receive(now, route, std::move(copy));
    return paths_.front()->transport->receive(now, route, std::move(packet));
  }
  ownerOf(route, packet.view())->transport->receive(now, route, std::move(packet));
}

void TransportSet::handleTimeout(TimePoint now) {
  for (const auto& path : paths_) {
    path->transport->handleTimeout(now);
    if (path->media) path->media->handleTimeout(now);
  }
}

TimePoint TransportSet::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const auto& path : paths_) {
    out = earlier(out, path->transport->nextTimeout());
    if (path->media) out = earlier(out, path->media->nextTimeout());
  }
  return out;
}

bool TransportSet::pollTransmit(TimePoint now, Transmit& out) {
  if (!goodbyes_.empty()) {
    out = std::move(goodbyes_.front());
    goodbyes_.erase(goodbyes_.begin());
    return true;
  }
  for (const auto& path : paths_)
    if (path->transport->pollTransmit(now, out)) return true;
  return false;
}

bool TransportSet::pollIoRequest(IoRequest& out) {
  if (!requests_.empty()) {
    out = std::move(requests_.front());
    requests_.erase(requests_.begin());
    return true;
  }
  for (const auto& path : paths_) {
    if (!path->transport->pollIoRequest(out)) continue;
    std::visit(
        [&](auto& request) {
          if constexpr (HasId<std::remove_reference_t<decltype(request)>>) request.id = tagged(path->id, request.id);
        },
        out);
    return true;
  }
  return false;
}

void TransportSet::note(bool stream, const std::vector<SocketAddress>& locals, uint32_t path, uint32_t request) {
  for (const SocketAddress& local : locals) {
    const auto same = [&](const Socket& each) {
      return each.stream == stream && each.local == local && each.path == path;
    };
    if (sockets_.size() < kMaxSockets && std::none_of(sockets_.begin(), sockets_.end(), same))
      sockets_.push_back({stream, local, path, request});
  }
}

void TransportSet::handleIoResult(TimePoint now, IoResult result) {
  std::visit(
      [&](auto& answer) {
        using Answer = std::remove_reference_t<decltype(answer)>;
        if constexpr (HasId<Answer>) {
          const uint32_t request = answer.id, id = request >> kPathShift & kPathMask;
          TransportPath* path = nullptr;
          for (const auto& each : paths_)
            if (markOf(each->id) == id) path = each.get();
          if constexpr (std::is_same_v<Answer, UdpOpened>) {
            // It has gone meanwhile, and nobody has a use for the sockets.
            if (!path) return requests_.push_back(CloseUdp{request, answer.locals});
            note(false, answer.locals, path->id, request);
          } else if constexpr (std::is_same_v<Answer, TcpListening>) {
            if (path) note(true, answer.locals, path->id, request);
          } else if constexpr (std::is_same_v<Answer, StreamOpened>) {
            if (path && answer.route) note(true, {answer.route->local}, path->id, request);
          }
          answer.id &= kOwnMask;
          if (path) path->transport->handleIoResult(now, answer);
        } else if constexpr (std::is_same_v<Answer, UdpClosed>) {
          for (const auto& path : paths_) path->transport->handleIoResult(now, answer);
          std::erase_if(sockets_, [&](const Socket& each) {
            return !each.stream &&
                   std::find(answer.locals.begin(), answer.locals.end(), each.local) != answer.locals.end();
          });
        } else {
          ownerOf(answer.route, {})->transport->handleIoResult(now, answer);
        }
      },
      result);
}

}  // namespace tincan::inline v0::stack

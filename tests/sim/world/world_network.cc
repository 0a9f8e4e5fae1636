// The half of World that answers endpoints' questions and carries their packets.
#include <algorithm>

#include "tests/sim/world/mdns.h"
#include "tests/sim/world/world.h"

namespace tincan::inline v0::sim {
namespace {

constexpr Duration kResolveTime = Duration::millis(20);
constexpr uint16_t kMdnsPort = 5353;

size_t ipSize(const IpAddress& address, size_t payload) {
  return payload + 8 + (address.isV4() ? 20 : 40);
}

}  // namespace

// ---- questions ----

void World::answer(Attached& attached, const IoRequest& request) {
  Endpoint& endpoint = *attached.endpoint;
  if (const auto* open = std::get_if<OpenUdp>(&request)) {
    tell(endpoint, Duration::zero(), openUdp(attached, *open));
  } else if (const auto* name = std::get_if<ResolveHost>(&request)) {
    tell(endpoint, kResolveTime, resolve(*name));
  } else if (const auto* stream = std::get_if<OpenStream>(&request)) {
    openStream(attached, *stream);
  } else if (const auto* listening = std::get_if<ListenTcp>(&request)) {
    tell(endpoint, Duration::zero(), listen(attached, *listening));
  } else if (const auto* close = std::get_if<CloseStream>(&request)) {
    closeStream(endpoint, close->route);
  } else if (const auto* udp = std::get_if<CloseUdp>(&request)) {
    for (const SocketAddress& local : udp->locals) attached.host->sockets_.erase(local);
  } else if (std::holds_alternative<CloseSockets>(request)) {
    closeAll(endpoint);
  }
}

void World::tell(Endpoint& endpoint, Duration delay, IoResult result) {
  schedule(now_ + delay, [this, &endpoint, result = std::move(result)] { tellNow(endpoint, result); });
}

void World::tellNow(Endpoint& endpoint, IoResult result) {
  Attached* attached = find(endpoint);
  if (attached == nullptr) return;
  endpoint.handleIoResult(now_, std::move(result));
  drain(*attached);
}

UdpOpened World::openUdp(Attached& attached, const OpenUdp& request) {
  Host& host = *attached.host;
  UdpOpened opened{request.id, {}};
  for (const IpAddress& address : host.addresses()) {
    if (request.local.ip.isSpecified() && !request.local.ip.isAny() && request.local.ip != address) continue;
    SocketAddress local{address, request.local.port};
    if (local.port == 0) {
      do {
        local.port = host.nextPort_++;
        if (host.nextPort_ == 0) host.nextPort_ = 49'152;
      } while (host.sockets_.contains(local));
    }
    if (host.sockets_.emplace(local, attached.endpoint).second) opened.locals.push_back(local);
  }
  return opened;
}

HostResolved World::resolve(const ResolveHost& request) const {
  if (const Result<IpAddress> literal = IpAddress::parse(request.host)) {
    return {request.id, std::vector<IpAddress>{*literal}};
  }
  const auto at = names_.find(request.host);
  if (at == names_.end()) return {request.id, Error(ErrorCode::kNotFoundError, "no such host")};
  return {request.id, at->second};
}

// ---- packets ----

void World::send(Attached& attached, Transmit transmit) {
  if (transmit.route.protocol != Protocol::kUdp) return sendOnStream(attached, transmit);
  Host& host = *attached.host;
  Packet packet{
      transmit.route.local, transmit.route.remote, toBytes(transmit.packet.view()),
      transmit.ecn,         transmit.dscp,         transmit.packet.fragmentation() == Fragmentation::kAllowed};
  const bool group = packet.destination.ip.isMulticast();
  if (group && packet.source.ip.isAny() && !host.addresses().empty()) packet.source.ip = host.addresses().front();
  const auto socket = host.sockets_.find(packet.source);
  const bool mine = group || (socket != host.sockets_.end() && socket->second == attached.endpoint);
  if (!mine || !host.has(packet.source.ip)) {
    ++stats_.unroutable;
    return;
  }
  noteOnWire(host, packet, Protocol::kUdp);
  if (group) return multicast(attached, packet);
  if (host.has(packet.destination.ip)) return deliver(host, packet);
  travel(host.up, std::move(packet), [this, &host](Packet arrived) { route(host.realm(), std::move(arrived)); });
}

void World::noteOnWire(const Host& from, const Packet& packet, Protocol protocol) {
  ++stats_.sent;
  const auto mix = [this](ByteView bytes) {
    for (const uint8_t byte : bytes) wireHash_ = (wireHash_ ^ byte) * 0x100000001b3u;  // FNV-1a
  };
  uint8_t head[12];
  storeBe64(head, static_cast<uint64_t>(now_.micros()));
  storeBe16(head + 8, packet.source.port);
  storeBe16(head + 10, packet.destination.port);
  mix(head);
  mix(packet.source.ip.bytes());
  mix(packet.destination.ip.bytes());
  mix(packet.bytes);
  if (trace_) trace_({now_, from, packet.source, packet.destination, packet.bytes, protocol, packet.dscp});
}

void World::travel(Link& link, Packet packet, std::function<void(Packet)> arrive) {
  if (link.config.blocksUdp) {
    ++stats_.filtered;
    return;
  }
  const Duration detour = link.detour ? link.detour(packet.bytes) : Duration::zero();
  // Fragments are not sent one by one: they only fit.
  const size_t whole = ipSize(packet.destination.ip, packet.bytes.size());
  const size_t size = packet.inFragments ? std::min(whole, link.config.mtu) : whole;
  for (const TimePoint time : link.send(now_, size, random_, &packet.ecn)) {
    schedule(time + detour, [packet, arrive] { arrive(packet); });
  }
}

void World::route(Realm& realm, Packet packet) {
  if (const auto at = realm.hosts.find(packet.destination.ip); at != realm.hosts.end()) {
    Host& host = *at->second;
    return travel(host.down, std::move(packet), [this, &host](Packet arrived) { deliver(host, arrived); });
  }
  if (const auto at = realm.boxes.find(packet.destination.ip); at != realm.boxes.end()) {
    NatBox& box = *at->second;
    return travel(box.down, std::move(packet), [this, &box](Packet arrived) { enterThrough(box, std::move(arrived)); });
  }
  if (realm.gateway) return leaveThrough(*realm.gateway, std::move(packet));
  ++stats_.unroutable;
}

void World::leaveThrough(NatBox& box, Packet packet) {
  const bool hairpin = packet.destination.ip == box.nat.outside();
  if (hairpin && !box.nat.config.hairpinning) {
    ++stats_.filtered;
    return;
  }
  packet.source = box.nat.outbound(now_, packet.source, packet.destination);
  if (hairpin) return enterThrough(box, std::move(packet));  // RFC 4787 §6: with the outside address as its source
  travel(box.up, std::move(packet), [this, &box](Packet arrived) { route(box.outside, std::move(arrived)); });
}

void World::enterThrough(NatBox& box, Packet packet) {
  const std::optional<SocketAddress> inside = box.nat.inbound(now_, packet.destination, packet.source);
  if (!inside) {
    ++stats_.filtered;
    return;
  }
  packet.destination = *inside;
  route(box.inside, std::move(packet));
}

void World::deliver(Host& host, const Packet& packet) {
  const auto socket = host.sockets_.find(packet.destination);
  Attached* attached = socket == host.sockets_.end() ? nullptr : find(*socket->second);
  PacketBuffer buffer = pool_.copy(packet.bytes);
  if (attached == nullptr || !buffer || !host.has(packet.destination.ip)) {
    ++stats_.unheard;
    return;
  }
  ++stats_.delivered;
  buffer.setEcn(packet.ecn);
  // A packet to oneself comes while the sender is being drained: the drain that is under way goes on with it.
  attached->endpoint->receive(now_, Route{Protocol::kUdp, packet.destination, packet.source}, std::move(buffer));
  drain(*attached);
}

/// To everybody in the realm who has sent to a group before. What arrives says 0.0.0.0:5353 for its local address, as the
/// one multicast socket of net::Driver does.
void World::multicast(Attached& from, const Packet& packet) {
  from.multicast = true;
  answerMdns(from, packet);
  for (const auto& other : attached_) {
    if (!other->multicast || other->endpoint == from.endpoint || &other->host->realm() != &from.host->realm()) continue;
    schedule(now_ + Duration::millis(1), [this, endpoint = other->endpoint, packet] {
      Attached* attached = find(*endpoint);
      if (attached == nullptr) return;
      const Route route{Protocol::kUdp, {IpAddress::anyV4(), kMdnsPort}, packet.source};
      endpoint->receive(now_, route, pool_.copy(packet.bytes));
      drain(*attached);
    });
  }
}

void World::answerMdns(Attached& from, const Packet& query) {
  for (const auto& [name, host] : mdnsNames_) {
    if (&host->realm() != &from.host->realm() || host->addresses().empty()) continue;
    const std::optional<Bytes> response = mdnsResponse(query.bytes, name, host->addresses().front());
    if (!response) continue;
    schedule(now_ + Duration::millis(2), [this, endpoint = from.endpoint, responder = host, bytes = *response] {
      Attached* attached = find(*endpoint);
      if (attached == nullptr || responder->addresses().empty()) return;
      const Route route{Protocol::kUdp, {IpAddress::anyV4(), kMdnsPort}, {responder->addresses().front(), kMdnsPort}};
      endpoint->receive(now_, route, pool_.copy(bytes));
      drain(*attached);
    });
  }
}

}  // namespace tincan::inline v0::sim

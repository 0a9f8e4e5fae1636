#include "tests/sim/world/turn_server.h"

#include <algorithm>
#include <array>

#include "crypto/hash.h"

namespace tincan::inline v0::sim {
namespace {

using stun::AttributeType;
using stun::Class;
using stun::ErrorNumber;
using stun::Message;
using stun::MessageWriter;

constexpr uint16_t kTlsPort = 5349;
constexpr uint32_t kUdpSockets = 1, kTcp = 2, kTls = 3;
constexpr Duration kPermission = Duration::seconds(300);
constexpr Duration kChannel = Duration::seconds(600);

Bytes hashOf(crypto::HashAlgorithm algorithm, const std::string& text) {
  return toBytes(crypto::hash(algorithm, asBytes(text)).view());
}

}  // namespace

TurnServer::TurnServer(PacketPool& pool, RandomSource& random, TurnServerConfig initial)
    : config(std::move(initial)), pool_(pool), random_(random) {
  requests_.push_back(OpenUdp{kUdpSockets, {{}, config.port}});
  if (config.port == 0) return;
  requests_.push_back(ListenTcp{kTcp, {{}, config.port}});
  requests_.push_back(ListenTcp{kTls, {{}, kTlsPort}});
}

std::vector<Route> TurnServer::clients() const {
  std::vector<Route> out;
  for (const auto& [client, allocation] : allocations_) out.push_back(client);
  return out;
}

void TurnServer::sendTo(const Route& client, ByteView bytes) {
  transmits_.push_back({client, pool_.copy(bytes)});
  if (wake_) wake_();
}

// ---- in ----

void TurnServer::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  if (config.silent) return;
  if (route.protocol == Protocol::kUdp) {
    if (servers_.contains(route.local)) return fromClient(now, route, packet.view());
    return fromPeer(now, route.local, route.remote, packet.view());
  }
  if ((route.protocol == Protocol::kTls) != (route.local.port == kTlsPort)) return;
  Bytes& bytes = streams_[route];
  bytes.insert(bytes.end(), packet.view().begin(), packet.view().end());
  while (bytes.size() >= 4) {
    const size_t length = loadBe16(bytes.data() + 2);
    const size_t size = bytes[0] >= 0x40 ? 4 + (length + 3) / 4 * 4 : 20 + length;
    if (bytes.size() < size) return;
    const Bytes message(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    fromClient(now, route, message);
  }
}

void TurnServer::fromClient(TimePoint now, const Route& client, ByteView bytes) {
  const auto at = allocations_.find(client);
  if (!bytes.empty() && bytes[0] >= 0x40 && bytes[0] < 0x50) {
    if (at == allocations_.end() || bytes.size() < 4) return;
    const auto channel = at->second.channels.find(loadBe16(bytes.data()));
    const size_t size = loadBe16(bytes.data() + 2);
    if (channel == at->second.channels.end() || channel->second.second <= now || size > bytes.size() - 4) return;
    ++stats.channelIn;
    return relay(now, client, channel->second.first, bytes.subspan(4, size));
  }
  Message message;
  if (!Message::parse(bytes, message)) return;
  if (message.messageClass() == Class::kRequest) return request(now, client, message);
  if (message.messageClass() != Class::kIndication || message.method() != Method::kSend) return;
  const auto peer = message.xorAddress(AttributeType::kXorPeerAddress);
  const auto data = message.value(AttributeType::kData);
  if (at == allocations_.end() || !peer || !data) return;
  ++stats.sendIndications;
  relay(now, client, *peer, *data);
}

void TurnServer::relay(TimePoint now, const Route& client, const SocketAddress& peer, ByteView data) {
  Allocation& allocation = allocations_.at(client);
  const auto permission = allocation.permissions.find(peer.ip);
  if (permission == allocation.permissions.end() || permission->second <= now) {
    ++stats.noPermission;
    return;
  }
  for (const SocketAddress& relayed : allocation.relayed) {
    if (relayed.ip.family() == peer.ip.family()) sendTo({Protocol::kUdp, relayed, peer}, data);
  }
}

void TurnServer::fromPeer(TimePoint now, const SocketAddress& relayed, const SocketAddress& peer, ByteView data) {
  for (const auto& [client, allocation] : allocations_) {
    const auto& own = allocation.relayed;
    if (std::find(own.begin(), own.end(), relayed) == own.end()) continue;
    const auto permission = allocation.permissions.find(peer.ip);
    if (permission == allocation.permissions.end() || permission->second <= now) {
      ++stats.noPermission;
      return;
    }
    for (const auto& [number, channel] : allocation.channels) {
      if (channel.first != peer || channel.second <= now) continue;
      ByteBuilder out;
      out.u16(number).u16(static_cast<uint16_t>(data.size())).bytes(data);
      while (client.protocol != Protocol::kUdp && out.size() % 4 != 0) out.u8(0);
      ++stats.channelOut;
      return sendTo(client, out.view());
    }
    std::array<uint8_t, 1800> space;
    MessageWriter writer(space, Class::kIndication, Method::kData, stun::newTransactionId(random_));
    writer.xorAddress(AttributeType::kXorPeerAddress, peer).bytes(AttributeType::kData, data);
    ++stats.dataIndications;
    return sendTo(client, writer.written());
  }
}

// ---- requests ----

std::string TurnServer::nonce(TimePoint now) const {
  // Bits from the left: password algorithms, user name anonymity.
  const char features = static_cast<char>((config.algorithms ? 32 : 0) + (config.userhash ? 16 : 0));
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "obMatJos2";
  out += kBase64[static_cast<size_t>(features)];
  return out + "AAA" + std::to_string(now.micros());
}

Bytes TurnServer::algorithmList() const {
  ByteBuilder out;
  if (!config.onlyMd5) out.u16(2).u16(0);
  out.u16(1).u16(0);
  return out.take();
}

std::optional<Bytes> TurnServer::keyFor(const Message& message) const {
  for (const auto& [user, password] : config.users) {
    const Bytes hidden = hashOf(crypto::HashAlgorithm::kSha256, user + ":" + config.realm);
    const auto userhash = message.value(AttributeType::kUserhash);
    const bool known =
        config.userhash ? userhash && equalBytes(*userhash, hidden) : message.text(AttributeType::kUsername) == user;
    if (!known) continue;
    const auto algorithm = message.u32(AttributeType::kPasswordAlgorithm).value_or(1u << 16);
    const auto hash = algorithm == 2u << 16 ? crypto::HashAlgorithm::kSha256 : crypto::HashAlgorithm::kMd5;
    return hashOf(hash, user + ":" + config.realm + ":" + password);
  }
  return std::nullopt;
}

uint16_t TurnServer::check(TimePoint now, const Message& message) {
  if (!config.auth) return 0;
  const bool sha1 = message.has(AttributeType::kMessageIntegrity);
  const bool sha256 = message.has(AttributeType::kMessageIntegritySha256);
  if (!sha1 && !sha256) return 401;
  if (message.text(AttributeType::kRealm) != config.realm) return 400;
  const std::string_view sent = message.text(AttributeType::kNonce);
  const std::string_view digits = sent.size() > 13 ? sent.substr(13) : "0";
  const auto made = TimePoint::fromMicros(std::stoll(std::string(digits)));
  if (config.alwaysStale || now - made > config.nonceLifetime) return 438;
  if (config.algorithms) {
    const auto list = message.value(AttributeType::kPasswordAlgorithms);
    const auto chosen = message.u32(AttributeType::kPasswordAlgorithm);
    if (!list || !equalBytes(*list, algorithmList()) || !chosen || !sha256) return 400;
    if (*chosen != (config.onlyMd5 ? 1u << 16 : 2u << 16)) return 400;
  }
  const auto key = keyFor(message);
  if (!key) return 401;
  bool good = false;
  if (sha256) {
    good = message.checkIntegrity(stun::IntegrityKeySha256(*key)) == stun::IntegrityCheck::kValid;
  } else {
    const auto at = config.users.find(std::string(message.text(AttributeType::kUsername)));
    if (at == config.users.end()) return 401;
    good = message.checkIntegrity(stun::IntegrityKey::longTerm(at->first, config.realm, at->second)) ==
           stun::IntegrityCheck::kValid;
  }
  return good ? 0 : 401;
}

void TurnServer::seal(MessageWriter& writer, const Message& request) const {
  if (config.auth && request.has(AttributeType::kMessageIntegritySha256)) {
    if (const auto key = keyFor(request)) writer.integrity(stun::IntegrityKeySha256(*key));
  } else if (config.auth && request.has(AttributeType::kMessageIntegrity)) {
    const auto at = config.users.find(std::string(request.text(AttributeType::kUsername)));
    if (at != config.users.end()) writer.integrity(stun::IntegrityKey::longTerm(at->first, config.realm, at->second));
  }
  writer.fingerprint();
}

template <class Body>
void TurnServer::answer(const Route& client, const Message& request, Body&& body) {
  std::array<uint8_t, 1200> space;
  MessageWriter writer(space, Class::kSuccess, request.method(), request.transactionId());
  body(writer);
  seal(writer, request);
  sendTo(client, writer.written());
}

void TurnServer::error(TimePoint now, const Route& client, const Message& request, uint16_t number) {
  std::array<uint8_t, 1200> space;
  MessageWriter writer(space, Class::kError, request.method(), request.transactionId());
  writer.errorCode(static_cast<ErrorNumber>(number), stun::reason(static_cast<ErrorNumber>(number)));
  if (number == 401 || number == 438) {
    ++(number == 401 ? stats.challenges : stats.stale);
    writer.text(AttributeType::kRealm, config.realm).text(AttributeType::kNonce, nonce(now));
    if (config.algorithms && !config.stripAlgorithms) {
      writer.bytes(AttributeType::kPasswordAlgorithms, algorithmList());
    }
    writer.fingerprint();
  } else {
    if (number == 300) writer.address(AttributeType::kAlternateServer, *config.alternate);
    seal(writer, request);
  }
  sendTo(client, writer.written());
}

void TurnServer::request(TimePoint now, const Route& client, const Message& message) {
  if (message.method() == Method::kBinding) {
    ++stats.bindings;
    return answer(client, message,
                  [&](MessageWriter& w) { w.xorAddress(AttributeType::kXorMappedAddress, client.remote); });
  }
  if (const uint16_t number = check(now, message)) return error(now, client, message, number);
  if (message.method() == Method::kAllocate) return allocate(now, client, message);
  if (config.forgets.contains(message.method())) allocations_.erase(client);
  const auto at = allocations_.find(client);
  if (at == allocations_.end()) return error(now, client, message, 437);
  Allocation& allocation = at->second;
  const auto peer = message.xorAddress(AttributeType::kXorPeerAddress);
  const auto mayReach = [&](const IpAddress& ip) {
    return std::any_of(allocation.relayed.begin(), allocation.relayed.end(),
                       [&](const SocketAddress& r) { return r.ip.family() == ip.family(); });
  };
  switch (message.method()) {
    case Method::kRefresh: {
      ++stats.refreshes;
      const uint32_t lifetime = message.u32(AttributeType::kLifetime).value_or(600);
      const auto granted = static_cast<uint32_t>(config.lifetime.micros() / 1'000'000);
      answer(client, message, [&](MessageWriter& w) { w.u32(AttributeType::kLifetime, lifetime == 0 ? 0 : granted); });
      allocation.expires = now + config.lifetime;
      if (lifetime == 0) ++stats.releases;
      if (lifetime == 0) allocations_.erase(at);
      return;
    }
    case Method::kCreatePermission:
      ++stats.permissions;
      if (!peer) return error(now, client, message, 400);
      if (config.forbidden.contains(peer->ip)) return error(now, client, message, 403);
      if (!mayReach(peer->ip)) return error(now, client, message, 443);
      allocation.permissions[peer->ip] = now + kPermission;
      return answer(client, message, [](MessageWriter&) {});
    case Method::kChannelBind: {
      ++stats.binds;
      const auto number = static_cast<uint16_t>(message.u32(AttributeType::kChannelNumber).value_or(0) >> 16);
      if (!peer || number < 0x4000 || number > 0x4FFF) return error(now, client, message, 400);
      for (const auto& [other, channel] : allocation.channels) {
        if (channel.second > now && (other == number) != (channel.first == *peer)) {
          return error(now, client, message, 400);
        }
      }
      if (config.forbidden.contains(peer->ip)) return error(now, client, message, 403);
      allocation.channels[number] = {*peer, now + kChannel};
      allocation.permissions[peer->ip] = now + kPermission;
      return answer(client, message, [](MessageWriter&) {});
    }
    default: return error(now, client, message, 400);
  }
}

void TurnServer::allocate(TimePoint now, const Route& client, const Message& message) {
  ++stats.allocates;
  stats.allocators.insert(client);
  if (config.alternate) return error(now, client, message, 300);
  if (config.refuse != 0) return error(now, client, message, config.refuse);
  if (const auto at = allocations_.find(client); at != allocations_.end()) {
    // RFC 8656 §7.2: the same request again is answered again.
    if (at->second.granted == message.transactionId()) return sendTo(client, at->second.answer);
    return error(now, client, message, 437);
  }
  for (const auto& [id, pending] : pending_) {
    if (pending.client != client) continue;
    if (!equalBytes(pending.request, message.bytes())) error(now, client, message, 437);
    return;
  }
  if (message.u32(AttributeType::kRequestedTransport) != 17u << 24) return error(now, client, message, 442);
  if (allocations_.size() + pending_.size() >= config.quota) return error(now, client, message, 486);
  Pending pending{client, toBytes(message.bytes()), {false}};
  if (const auto family = message.u32(AttributeType::kRequestedAddressFamily)) pending.v6 = {*family == 2u << 24};
  if (message.has(AttributeType::kAdditionalAddressFamily)) pending.v6 = {false, true};
  requests_.push_back(OpenUdp{nextId_, {}});
  pending_[nextId_++] = std::move(pending);
}

void TurnServer::allocated(TimePoint now, const Pending& pending, const std::vector<SocketAddress>& locals) {
  Message message;
  if (!Message::parse(pending.request, message)) return;
  Allocation allocation;
  for (const bool v6 : pending.v6) {
    const auto at = std::find_if(locals.begin(), locals.end(), [&](const auto& l) { return l.ip.isV6() == v6; });
    if (at != locals.end()) allocation.relayed.push_back(*at);
  }
  if (allocation.relayed.empty()) return error(now, pending.client, message, 440);
  allocation.expires = now + config.lifetime;
  stats.protocols.insert(pending.client.protocol);
  answer(pending.client, message, [&](MessageWriter& w) {
    for (const SocketAddress& relayed : allocation.relayed) w.xorAddress(AttributeType::kXorRelayedAddress, relayed);
    w.u32(AttributeType::kLifetime, static_cast<uint32_t>(config.lifetime.micros() / 1'000'000));
    w.xorAddress(AttributeType::kXorMappedAddress, pending.client.remote);
  });
  allocation.granted = message.transactionId();
  allocation.answer = toBytes(transmits_.back().packet.view());
  allocations_[pending.client] = std::move(allocation);
  stats.mostAllocations = std::max(stats.mostAllocations, allocations_.size());
}

// ---- the contract ----

void TurnServer::handleIoResult(TimePoint now, IoResult result) {
  if (const auto* opened = std::get_if<UdpOpened>(&result)) {
    if (opened->id == kUdpSockets) servers_.insert(opened->locals.begin(), opened->locals.end());
    const auto at = pending_.find(opened->id);
    if (at == pending_.end()) return;
    const Pending pending = at->second;
    pending_.erase(at);
    allocated(now, pending, opened->locals);
  } else if (const auto* closed = std::get_if<StreamClosed>(&result)) {
    streams_.erase(closed->route);
    allocations_.erase(closed->route);  // RFC 8656 §3.1: the allocation ends with its connection
  }
}

void TurnServer::handleTimeout(TimePoint now) {
  std::erase_if(allocations_, [&](const auto& entry) { return entry.second.expires <= now; });
}

TimePoint TurnServer::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const auto& [client, allocation] : allocations_) out = earlier(out, allocation.expires);
  return out;
}

bool TurnServer::pollTransmit(TimePoint, Transmit& out) {
  if (transmits_.empty()) return false;
  out = std::move(transmits_.front());
  transmits_.pop_front();
  return true;
}

bool TurnServer::pollIoRequest(IoRequest& out) {
  if (requests_.empty()) return false;
  out = std::move(requests_.front());
  requests_.pop_front();
  return true;
}

}  // namespace tincan::inline v0::sim

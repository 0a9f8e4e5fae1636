#include "ice/relays.h"

#include <algorithm>

#include "ice/server_errors.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxRelays = 32;
constexpr size_t kMaxPackets = 256;

}  // namespace

void Relays::add(TimePoint now, Relay::Setup setup) {
  if (entries_.size() >= kMaxRelays) return;
  entries_.push_back({std::make_unique<Relay>(std::move(setup), config_, random_, pool_, stats_)});
  entries_.back().relay->start(nextId_);
  advance(now);
}

void Relays::restart(TimePoint now) {
  std::erase_if(entries_, [](const Entry& e) { return e.relay->state() == Relay::State::kEnded; });
  outcomes_.clear();
  for (Entry& entry : entries_) {
    entry.again = false;
    if (entry.relay->state() != Relay::State::kUp) continue;
    entry.told = false;
    entry.verifying = entry.relay->client() != nullptr;
    if (entry.verifying) entry.relay->client()->probe(now);
  }
  advance(now);
}

void Relays::probe(TimePoint now, const SocketAddress& relayed) {
  for (Entry& entry : entries_) {
    const auto& own = entry.relayed;
    if (std::find(own.begin(), own.end(), relayed) != own.end()) entry.relay->client()->probe(now);
  }
}

bool Relays::has(size_t server) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.relay->setup().server == server && e.relay->state() != Relay::State::kEnded;
  });
}

bool Relays::has(size_t server, const std::optional<SocketAddress>& base, IpAddress::Family family) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
    const Relay::Setup& setup = e.relay->setup();
    return setup.server == server && setup.base == base && setup.remote.ip.family() == family &&
           e.relay->state() != Relay::State::kEnded;
  });
}

bool Relays::busy() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& e) { return !e.told; });
}

bool Relays::busy(size_t server) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& e) { return !e.told && e.relay->setup().server == server; });
}

bool Relays::pollOutcome(Outcome& out) {
  if (outcomes_.empty()) return false;
  out = std::move(outcomes_.front());
  outcomes_.pop_front();
  return true;
}

bool Relays::pollLost(SocketAddress& relayed) {
  if (lost_.empty()) return false;
  relayed = lost_.front();
  lost_.pop_front();
  return true;
}

// What the connections have come to since the last time.
void Relays::advance(TimePoint now) {
  for (Entry& entry : entries_) advance(now, entry);
}

void Relays::advance(TimePoint now, Entry& entry) {
  Relay& relay = *entry.relay;
  relay.advance(now, nextId_);
  if (relay.wantsPort()) findPort(now, entry);
  const Relay::State state = relay.state();
  if (state != Relay::State::kUp && !entry.relayed.empty()) lose(entry);
  if (state == Relay::State::kEnded && !entry.told)
    return tellFailure(entry, relay.failure().code, relay.failure().reason);
  if (state != Relay::State::kUp || (entry.verifying && !verified(entry)) || entry.told) return;
  tell(entry);
  if (!relay.client()) return;
  for (const IpAddress& peer : peers_) relay.client()->permit(now, peer);
}

void Relays::lose(Entry& entry) {
  for (const SocketAddress& gone : std::exchange(entry.relayed, {})) lost_.push_back(gone);
  entry.verifying = entry.told = false;
  entry.again = true;
}

// The first port of the base's address that this server has not refused yet, and that no other relay asks it from.
void Relays::findPort(TimePoint now, Entry& entry) {
  Relay& relay = *entry.relay;
  for (size_t number = 0; number < RelayPorts::kPerAddress; ++number) {
    if (relay.tried(number)) continue;
    const RelayPorts::Port port = ports_.get(*relay.setup().base, number, nextId_);
    if (port.standing == RelayPorts::Standing::kOnItsWay) return;
    if (port.standing == RelayPorts::Standing::kThere && !inUse(entry, port.local)) {
      return relay.usePort(now, number, port.local);
    }
    relay.refusePort(number);
  }
  relay.noPort();
}

bool Relays::inUse(const Entry& asking, const SocketAddress& local) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
    const Relay& other = *e.relay;
    return &e != &asking && other.state() != Relay::State::kEnded && !other.wantsPort() &&
           other.route() == Route{Protocol::kUdp, local, asking.relay->setup().remote};
  });
}

// An ICE restart gathers what is there, which only the server knows. One that is silent holds nobody up: its relay is
// told of when it speaks again.
bool Relays::verified(Entry& entry) {
  using Standing = stun::TurnClient::Standing;
  const Standing standing = entry.relay->client()->standing();
  if (standing == Standing::kSilent && !entry.told) tellFailure(entry, kUnreachable, "the TURN server did not answer");
  if (standing != Standing::kSure) return false;
  entry.verifying = entry.told = false;
  return true;
}

void Relays::tellFailure(Entry& entry, uint16_t code, std::string reason) {
  entry.told = true;
  Outcome out;
  out.server = entry.relay->setup().server;
  out.code = code;
  out.reason = std::move(reason);
  out.local = entry.relay->local();
  out.again = entry.again;
  outcomes_.push_back(std::move(out));
}

void Relays::tell(Entry& entry) {
  entry.told = true;
  const Relay& relay = *entry.relay;
  const Relay::Setup& setup = relay.setup();
  Outcome out;
  out.server = setup.server;
  out.local = relay.local();
  out.remote = setup.remote;
  out.protocol = setup.url.protocol;
  out.preference = setup.preference;
  out.again = entry.again;
  if (entry.relay->client()) {
    entry.relayed = out.relayed = relay.relayed();
    out.mapped = relay.mapped();
    out.roundTrip = relay.roundTrip();
  }
  outcomes_.push_back(std::move(out));
}

void Relays::permit(TimePoint now, const IpAddress& peer) {
  if (peers_.size() >= config_.maxRemoteCandidates || !peers_.insert(peer).second) return;
  for (Entry& entry : entries_) {
    if (entry.relay->client()) entry.relay->client()->permit(now, peer);
  }
}

void Relays::select(TimePoint now, const Route& path) {
  if (path.protocol != Protocol::kUdp) return;
  for (Entry& entry : entries_) {
    if (std::find(entry.relayed.begin(), entry.relayed.end(), path.local) == entry.relayed.end()) continue;
    entry.relay->client()->bind(now, path.remote);
    return;
  }
}

bool Relays::wrap(TimePoint now, Route& route, PacketBuffer& packet) {
  if (route.protocol != Protocol::kUdp) return true;
  for (Entry& entry : entries_) {
    if (std::find(entry.relayed.begin(), entry.relayed.end(), route.local) == entry.relayed.end()) continue;
    if (!entry.relay->client()->wrap(now, route.remote, packet)) return false;
    route = entry.relay->route();
    return true;
  }
  return true;
}

Relays::Arrival Relays::receive(TimePoint now, const Route& real, PacketBuffer& packet) {
  for (Entry& entry : entries_) {
    if (!entry.relay->owns(real, packet.view())) continue;
    const size_t before = packets_.size();
    entry.relay->receive(now, std::move(packet), packets_);
    while (packets_.size() > kMaxPackets) packets_.popBack();
    advance(now);
    return packets_.size() > before ? Arrival::kData : Arrival::kControl;
  }
  return Arrival::kForeign;
}

bool Relays::pollPacket(Route& path, PacketBuffer& packet) {
  if (packets_.empty()) return false;
  path = packets_.front().first;
  packet = std::move(packets_.front().second);
  packets_.popFront();
  return true;
}

bool Relays::handleIoResult(TimePoint now, const IoResult& result) {
  if (const auto* opened = std::get_if<UdpOpened>(&result)) {
    if (!ports_.handle(*opened)) return false;
    advance(now);
    return true;
  }
  for (Entry& entry : entries_) {
    if (!entry.relay->handleIoResult(now, result, nextId_)) continue;
    advance(now);
    return true;
  }
  return false;
}

void Relays::closedUdp(TimePoint now, const std::vector<SocketAddress>& locals) {
  ports_.closed(locals);
  for (Entry& entry : entries_) {
    const auto& base = entry.relay->setup().base;
    if (!base || std::find(locals.begin(), locals.end(), *base) == locals.end()) continue;
    entry.relay->lost();
    const bool told = entry.told;
    lose(entry);
    entry.told = told;  // the application knows already that the interface is gone
  }
  advance(now);
}

void Relays::handleTimeout(TimePoint now) {
  for (Entry& entry : entries_) entry.relay->handleTimeout(now);
  advance(now);
}

TimePoint Relays::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const Entry& entry : entries_) out = earlier(out, entry.relay->nextTimeout());
  return out;
}

bool Relays::pollTransmit(Transmit& out) {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.relay->pollTransmit(out); });
}

bool Relays::pollIoRequest(IoRequest& out) {
  if (ports_.pollIoRequest(out)) return true;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.relay->pollIoRequest(out); });
}

void Relays::close() {
  for (Entry& entry : entries_) {
    entry.relay->close();
    entry.relayed.clear();
    entry.told = true;
  }
  peers_.clear();
  outcomes_.clear();
  lost_.clear();
  packets_.clear();
}

}  // namespace tincan::inline v0::ice

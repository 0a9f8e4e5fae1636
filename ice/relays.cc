#include "ice/relays.h"

#include <algorithm>

namespace tincan::ice {
namespace {

constexpr size_t kMaxRelays = 32;
constexpr size_t kMaxPackets = 256;

}  // namespace

void Relays::add(TimePoint now, Relay::Setup setup) {
  if (entries_.size() >= kMaxRelays) return;
  entries_.push_back({std::make_unique<Relay>(std::move(setup), config_, random_, pool_, stats_), false, {}});
  entries_.back().relay->start(now, nextId_);
  advance(now);
}

void Relays::restart() {
  std::erase_if(entries_, [](const Entry& e) { return e.relay->state() == Relay::State::kEnded; });
  outcomes_.clear();
  for (Entry& entry : entries_) {
    if (entry.relay->state() == Relay::State::kUp) tell(entry);
  }
}

bool Relays::isUp(size_t server) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.relay->setup().server == server && e.relay->state() != Relay::State::kEnded;
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
  for (Entry& entry : entries_) {
    entry.relay->advance(now, nextId_);
    const Relay::State state = entry.relay->state();
    if (state == Relay::State::kEnded) {
      for (const SocketAddress& gone : std::exchange(entry.relayed, {})) lost_.push_back(gone);
    }
    if (entry.told || (state != Relay::State::kUp && state != Relay::State::kEnded)) continue;
    tell(entry);
    if (state != Relay::State::kUp || !entry.relay->client()) continue;
    for (const IpAddress& peer : peers_) entry.relay->client()->permit(now, peer);
  }
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
  if (relay.state() == Relay::State::kEnded) {
    out.code = relay.failure().code;
    out.reason = relay.failure().reason;
  } else if (entry.relay->client()) {
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
  for (Entry& entry : entries_) {
    if (!entry.relay->handleIoResult(now, result)) continue;
    advance(now);
    return true;
  }
  return false;
}

void Relays::closedUdp(const std::vector<SocketAddress>& locals) {
  for (Entry& entry : entries_) {
    const auto& base = entry.relay->setup().base;
    if (base && std::find(locals.begin(), locals.end(), *base) != locals.end()) entry.relay->lost();
  }
  advance({});
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

}  // namespace tincan::ice

#include "ice/gatherer.h"

#include <algorithm>

#include "ice/server_errors.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxServers = 16;
constexpr size_t kMaxBases = 32;

bool mayReach(const IpAddress& base, const IpAddress& server) {
  if (base.family() != server.family()) return false;
  if (base.isLoopback() != server.isLoopback()) return !base.isLoopback();
  return base.isLinkLocal() == server.isLinkLocal() || !base.isLinkLocal();
}

}  // namespace

Gatherer::Gatherer(const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats)
    : config_(config), queries_(config, random, pool, stats), relays_(config, random, pool, stats) {}

void Gatherer::transition(State next) {
  state_ = next;
}

void Gatherer::start(TimePoint now) {
  if (started()) return;
  transition(State::kOpening);
  std::vector<IpAddress> addresses = config_.addresses;
  if (addresses.empty()) addresses.emplace_back();
  for (const IpAddress& ip : addresses) {
    opening_.insert(nextId_);
    requests_.push_back(OpenUdp{nextId_++, {ip, 0}});
  }
  prepareServers(now);
}

void Gatherer::restart(TimePoint now) {
  if (!started()) return start(now);
  known_.clear();
  for (const SocketAddress& base : bases_) addHost(base);
  transition(opening_.empty() ? State::kAsking : State::kOpening);
  relays_.restart(now);
  prepareServers(now);
  collect();
}

bool Gatherer::offersLoopback() const {
  return std::any_of(bases_.begin(), bases_.end(), [](const SocketAddress& base) { return base.ip.isLoopback(); });
}

bool Gatherer::isRetired(size_t server) const {
  return server < config_.retired.size() && config_.retired[server];
}

void Gatherer::prepareServers(TimePoint now) {
  servers_.clear();
  queries_.restart(now);
  size_t used = 0;
  for (size_t index = 0; index < config_.servers.size() && used < kMaxServers; ++index) {
    const ServerUrl& url = config_.servers[index];
    Server& server = servers_.emplace_back(Server{url, std::nullopt, {}, false, false});
    if (isRetired(index)) continue;
    // W3C webrtc-pc §4.2.5: only relayed candidates count then, and STUN servers have none.
    if (config_.relayOnly && !url.isTurn()) continue;
    ++used;
    if (auto ip = IpAddress::parse(url.host)) {
      server.addresses = {*ip};
      addQueries(now, index);
    } else {
      server.resolving = nextId_;
      requests_.push_back(ResolveHost{nextId_++, url.host});
    }
  }
}

void Gatherer::handleIoResult(TimePoint now, const IoResult& result) {
  if (relays_.handleIoResult(now, result)) {
    collect();
  } else if (const auto* opened = std::get_if<UdpOpened>(&result)) {
    openedUdp(now, *opened);
    collect();
  } else if (const auto* closed = std::get_if<UdpClosed>(&result)) {
    closedUdp(now, *closed);
    collect();
  } else if (const auto* answer = std::get_if<HostResolved>(&result)) {
    resolved(now, *answer);
  }
}

void Gatherer::openedUdp(TimePoint now, const UdpOpened& opened) {
  const bool first = opening_.erase(opened.id) != 0;
  if (first) opened_.insert(opened.id);
  if (!opened_.contains(opened.id)) return;
  for (const SocketAddress& base : opened.locals) {
    if (bases_.size() == kMaxBases || base.ip.isAny() || base.port == 0) continue;
    if (std::find(bases_.begin(), bases_.end(), base) != bases_.end()) continue;
    bases_.push_back(base);
    addHost(base);
    if (first || state_ == State::kOpening) continue;
    // An interface that came later: what the servers see of it, too.
    for (size_t i = 0; i < servers_.size(); ++i) {
      for (const IpAddress& ip : servers_[i].addresses) {
        if (addQuery(now, i, ip, base)) transition(State::kAsking);
      }
    }
  }
  if (!first || !opening_.empty()) return;
  transition(State::kAsking);
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (!servers_[i].addresses.empty()) addQueries(now, i);
  }
  checkDone();
}

void Gatherer::closedUdp(TimePoint now, const UdpClosed& closed) {
  const auto gone = [&](const SocketAddress& base) {
    return std::find(closed.locals.begin(), closed.locals.end(), base) != closed.locals.end();
  };
  std::erase_if(bases_, gone);
  std::erase_if(known_, [&](const LocalCandidate& known) { return gone(known.base); });
  candidates_.erase_if([&](const LocalCandidate& candidate) { return gone(candidate.base); });
  queries_.closedUdp(closed.locals);
  relays_.closedUdp(now, closed.locals);
}

void Gatherer::resolved(TimePoint now, const HostResolved& answer) {
  for (size_t i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    if (server.resolving != answer.id) continue;
    server.resolving.reset();
    if (!answer.addresses.ok() || answer.addresses.value().empty()) {
      std::string why = answer.addresses.ok() ? "no addresses" : answer.addresses.error().message();
      // A driver's words may be a sentence of their own, with the name in it.
      if (why.find(server.url.host) == std::string::npos) {
        why = "the name " + server.url.host + " could not be resolved: " + why;
      }
      // A relay from before an ICE restart does without.
      if (!relays_.has(i)) failServer(i, kUnreachable, std::move(why), {});
    } else {
      // One address of each family is enough to learn what the outside sees.
      for (const bool v6 : {true, false}) {
        const auto& all = answer.addresses.value();
        const auto it = std::find_if(all.begin(), all.end(), [&](const IpAddress& ip) { return ip.isV6() == v6; });
        if (it != all.end()) server.addresses.push_back(*it);
      }
      addQueries(now, i);
    }
    checkDone();
    return;
  }
}

// RFC 8445 §5.1.2.1 leaves the order to us: addresses that the world can see before loopback and link-local ones, then
// the order in which the interfaces were told. RFC 8421 §4: IPv6 first, and the families by turns, so that where one of
// them is broken only every other check is for nothing.
uint16_t Gatherer::localPreference(const SocketAddress& base) {
  const auto [at, fresh] = preferences_.try_emplace(base);
  if (!fresh) return at->second;
  const bool narrow = base.ip.isLoopback() || base.ip.isLinkLocal();
  const uint16_t rank = ranks_[base.ip.isV6() ? 1 : 0]++;
  at->second = static_cast<uint16_t>((narrow ? 0x7FFF : 0xFFFF) - 2 * (rank % 0x3000) - (base.ip.isV6() ? 0 : 1));
  return at->second;
}

void Gatherer::addHost(const SocketAddress& base) {
  if (config_.relayOnly) return;
  Candidate c;
  c.component = config_.component;
  c.type = CandidateType::kHost;
  c.address = base;
  c.priority = candidatePriority(c.type, localPreference(base), c.component);
  c.foundation = candidateFoundation(c.type, c.protocol, base.ip, {});
  known_.push_back({c, base});
  candidates_.push_back({std::move(c), base});
}

void Gatherer::addQueries(TimePoint now, size_t index) {
  if (state_ != State::kAsking) return;
  bool any = false;
  const bool udp = servers_[index].url.protocol == Protocol::kUdp;
  for (const IpAddress& ip : servers_[index].addresses) {
    if (!udp) addRelay(now, index, ip, std::nullopt);
    for (const SocketAddress& base : bases_) any |= udp && addQuery(now, index, ip, base);
  }
  if (!udp) return;
  if (!any) failServer(index, kUnreachable, "no local address can reach the server", {});
}

bool Gatherer::addQuery(TimePoint now, size_t index, const IpAddress& ip, const SocketAddress& base) {
  const ServerUrl& url = servers_[index].url;
  if (!mayReach(base.ip, ip) || url.protocol != Protocol::kUdp) return false;
  if (url.isTurn()) {
    addRelay(now, index, ip, base);
    return true;
  }
  queries_.add(now, index, {ip, url.port}, base);
  return true;
}

// The relayed address is of the connection's family, so that each of the peer's finds its like; where a server is
// reached over IPv4 alone, and we have IPv6 too, it is asked for both (RFC 8656 §7.1).
void Gatherer::addRelay(TimePoint now, size_t index, const IpAddress& ip, std::optional<SocketAddress> base) {
  using Family = stun::TurnConfig::Family;
  if (relays_.has(index, base, ip.family())) return;  // an ICE restart keeps what is there
  const Server& server = servers_[index];
  const auto isV6 = [](const auto& address) { return address.isV6(); };
  const bool serverHasV6 = std::any_of(server.addresses.begin(), server.addresses.end(), isV6);
  const bool weHaveV6 = std::any_of(bases_.begin(), bases_.end(), [](const auto& b) { return b.ip.isV6(); });
  Relay::Setup setup;
  setup.server = index;
  setup.url = server.url;
  setup.remote = {ip, server.url.port};
  setup.base = base;
  setup.family = ip.isV6() ? Family::kIpv6 : weHaveV6 && !serverHasV6 ? Family::kBoth : Family::kIpv4;
  // RFC 8445 §5.1.2.1: among relayed candidates UDP goes before TCP, and that before TLS.
  const auto rank = static_cast<uint16_t>(2 * index);
  const uint16_t stream = server.url.protocol == Protocol::kTcp ? 0x1000 : 0x0800;
  setup.preference = base ? localPreference(*base) : static_cast<uint16_t>(stream - rank);
  relays_.add(now, std::move(setup));
}

void Gatherer::collect() {
  StunQueries::Outcome told;
  while (queries_.pollOutcome(told)) {
    if (told.code != 0) {
      failServer(told.server, told.code, std::move(told.reason), told.base);
      continue;
    }
    servers_[told.server].answered = true;
    addReflexive(told.mapped, told.base, told.remote, {servers_[told.server].url.toString(), told.roundTrip});
  }
  Relays::Outcome outcome;
  while (relays_.pollOutcome(outcome)) {
    if (outcome.server >= servers_.size() || isRetired(outcome.server)) continue;
    if (outcome.code == 0) {
      servers_[outcome.server].answered = true;
      if (outcome.again) forget(outcome.relayed);
      addRelayed(outcome);
    } else if (!relays_.busy(outcome.server)) {
      // It is news again where the last one of this server is gone.
      if (outcome.again && !relays_.has(outcome.server)) servers_[outcome.server].answered = false;
      failServer(outcome.server, outcome.code, std::move(outcome.reason), outcome.local);
    }
  }
  checkDone();
}

// A server may give the same relayed address again: it is a new candidate.
void Gatherer::forget(const std::vector<SocketAddress>& relayed) {
  std::erase_if(known_, [&](const LocalCandidate& known) {
    return std::find(relayed.begin(), relayed.end(), known.base) != relayed.end();
  });
}

void Gatherer::addRelayed(const Relays::Outcome& outcome) {
  const Origin origin{servers_[outcome.server].url.toString(), outcome.roundTrip};
  for (size_t i = 0; i < outcome.relayed.size(); ++i) {
    Candidate c;
    c.component = config_.component;
    c.type = CandidateType::kRelay;
    c.address = outcome.relayed[i];
    // RFC 8839 §5.1: the mapped address; one who wants only relays does not want that known.
    const IpAddress nothing = c.address.ip.isV6() ? IpAddress::anyV6() : IpAddress::anyV4();
    c.related = config_.relayOnly ? SocketAddress{nothing, 0} : outcome.mapped.value_or(outcome.local);
    c.priority = candidatePriority(c.type, static_cast<uint16_t>(outcome.preference - i), c.component);
    c.foundation = candidateFoundation(c.type, outcome.protocol, c.address.ip, outcome.remote.ip);
    addCandidate(c, c.address, origin);
  }
  // RFC 8445 §5.1.1.2: an Allocate over UDP tells what a Binding would, of a port of ours.
  if (!outcome.mapped || outcome.protocol != Protocol::kUdp || config_.relayOnly) return;
  if (std::find(bases_.begin(), bases_.end(), outcome.local) == bases_.end()) return;
  addReflexive(*outcome.mapped, outcome.local, outcome.remote, origin);
}

void Gatherer::addReflexive(const SocketAddress& mapped, const SocketAddress& base, const SocketAddress& server,
                            Origin origin) {
  Candidate c;
  c.component = config_.component;
  c.type = CandidateType::kServerReflexive;
  c.address = mapped;
  c.related = base;
  c.priority = candidatePriority(c.type, localPreference(base), c.component);
  c.foundation = candidateFoundation(c.type, c.protocol, base.ip, server.ip);
  addCandidate(std::move(c), base, std::move(origin));
}

void Gatherer::addCandidate(Candidate c, const SocketAddress& base, Origin origin) {
  // RFC 8445 §5.1.3: redundant when another has the same address and base.
  const bool redundant = std::any_of(known_.begin(), known_.end(), [&](const LocalCandidate& k) {
    return k.candidate.address == c.address && k.base == base;
  });
  if (redundant) return;
  known_.push_back({c, base, origin});
  candidates_.push_back({std::move(c), base, std::move(origin)});
}

void Gatherer::failServer(size_t index, uint16_t code, std::string text, const SocketAddress& local) {
  Server& server = servers_[index];
  // W3C webrtc-pc §4.8.2: an error once for each server.
  if (server.failed || server.answered) return;
  server.failed = true;
  errors_.push_back(
      {server.url.toString(), local.ip.isSpecified() ? local.ip.toString() : "", local.port, code, std::move(text)});
}

bool Gatherer::handleResponse(TimePoint now, const Route& route, const stun::Message& message) {
  if (!queries_.handleResponse(now, route, message)) return false;
  collect();
  return true;
}

void Gatherer::handleTimeout(TimePoint now) {
  queries_.handleTimeout(now);
  relays_.handleTimeout(now);
  collect();
}

TimePoint Gatherer::nextTimeout() const {
  return earlier(queries_.nextTimeout(), relays_.nextTimeout());
}

void Gatherer::checkDone() {
  if (state_ != State::kAsking) return;
  const bool resolving =
      std::any_of(servers_.begin(), servers_.end(), [](const Server& s) { return s.resolving.has_value(); });
  if (!resolving && !queries_.busy() && !relays_.busy()) transition(State::kDone);
}

void Gatherer::close() {
  if (started()) requests_.push_back(CloseSockets{});
  queries_.close();
  servers_.clear();
  relays_.close();
  candidates_.clear();
  opening_.clear();
}

bool Gatherer::pollTransmit(Transmit& out) {
  return queries_.pollTransmit(out) || relays_.pollTransmit(out);
}

bool Gatherer::pollIoRequest(IoRequest& out) {
  if (relays_.pollIoRequest(out)) return true;
  if (requests_.empty()) return false;
  out = std::move(requests_.front());
  requests_.pop_front();
  return true;
}

bool Gatherer::pollCandidate(LocalCandidate& out) {
  if (candidates_.empty()) return false;
  out = std::move(candidates_.front());
  candidates_.pop_front();
  return true;
}

bool Gatherer::pollError(CandidateError& out) {
  if (errors_.empty()) return false;
  out = std::move(errors_.front());
  errors_.pop_front();
  return true;
}

}  // namespace tincan::inline v0::ice

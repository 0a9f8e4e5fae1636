#include "ice/agent.h"

#include <algorithm>
#include <utility>

#include "ice/candidate_policy.h"
#include "ice/check_message.h"
#include "ice/gatherer.h"
#include "ice/mdns_resolver.h"
#include "ice/mdns_responder.h"
#include "ice/pair_report.h"
#include "ice/session.h"
#include "ice/tcp_streams.h"
#include "stun/response.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxRefusals = 64;
constexpr size_t kMaxNotes = 64;
constexpr size_t kMaxServersEver = 64;  // those included that were configured before
// How long the generation before a restart still takes the peer's packets after the new one has its pair: what was on
// its way, and the peer's own change-over.
constexpr Duration kOverlap = Duration::seconds(5);

bool isUsable(const Candidate& c, TcpCandidates tcp) {
  if (c.component != 1) return false;
  if (c.protocol == Protocol::kUdp) return true;
  // RFC 6544 §6.2: a passive peer is called, an active one calls where we listen.
  return (c.tcpType == TcpType::kPassive && tcp != TcpCandidates::kOff) ||
         (c.tcpType == TcpType::kActive && tcp == TcpCandidates::kAll);
}

// RFC 8445 §2.5, §5.2: a lite agent has host candidates alone and calls nobody.
AgentConfig liteOrWhole(AgentConfig config) {
  if (!config.lite) return config;
  config.servers.clear();
  config.role = Role::kControlled;
  if (config.tcp == TcpCandidates::kActive) config.tcp = TcpCandidates::kOff;
  return config;
}

}  // namespace

Agent::Agent(AgentConfig config, RandomSource& random, PacketPool& pool)
    : config_(liteOrWhole(std::move(config))),
      random_(random),
      pool_(pool),
      tieBreaker_(random.u64()),
      cargo_(pool),
      gatherer_(std::make_unique<Gatherer>(config_, random_, pool_, stats_)),
      mdns_(std::make_unique<MdnsResolver>(config_, pool_, stats_)),
      names_(std::make_unique<MdnsResponder>(random_, pool_, stats_)),
      tcp_(std::make_unique<TcpStreams>(config_, pool_, stats_)) {
  startSession(config_.role, false, config_.credentials ? *config_.credentials : Credentials::generate(random_));
}

Agent::~Agent() = default;

void Agent::startSession(Role role, bool remoteLite, Credentials local) {
  session_ = std::make_unique<Session>(
      config_, Session::Setup{role, remoteLite, renomination_, tieBreaker_, std::move(local)}, random_, pool_, stats_);
  session_->setCargo(&cargo_);
}

const Credentials& Agent::localCredentials() const {
  return session_->localCredentials();
}
Role Agent::role() const {
  return session_->role();
}
void Agent::setRole(Role role) {
  session_->setRole(role);
}

void Agent::setRemoteLite(bool lite) {
  remoteLite_ = lite;
  session_->setRemoteLite(lite);
}

void Agent::expectMove() {
  session_->expectMove();
}

void Agent::setRemoteRenomination(bool has) {
  renomination_ = config_.renomination && has;
  session_->setRenomination(renomination_);
}

void Agent::gather(TimePoint now) {
  if (state_ == State::kClosed || gatherer_->started()) return;
  gatherer_->start(now);
  if (!config_.relayOnly) tcp_->gather();
  setGatheringState(GatheringState::kGathering);
  update(now);
}

bool Agent::isOtherRemote(const Credentials& remote) const {
  return session_->hasRemoteCredentials() && !(session_->remoteCredentials() == remote);
}

void Agent::forgetPrevious() {
  previous_.reset();
}

void Agent::setRemoteCredentials(TimePoint now, Credentials remote) {
  if (state_ == State::kClosed) return;
  if (isOtherRemote(remote)) followRemote();
  session_->setRemoteCredentials(now, remote);
  releaseEarly();
  update(now);
}

void Agent::addRemoteCandidate(TimePoint now, const Candidate& candidate) {
  if (state_ == State::kClosed) return;
  if (!isUsable(candidate, config_.tcp)) {
    refuseCandidate(candidate, "its component or its transport is of no use here");
  } else if (candidate.address.port != 0 && !candidate.address.ip.isSpecified() && !candidate.hostname.empty()) {
    if (!mdns_->resolve(now, candidate)) refuseCandidate(candidate, "its name cannot be looked up");
  } else {
    addRemote(now, candidate);
  }
  update(now);
}

void Agent::refuseCandidate(const Candidate& candidate, std::string_view why) {
  ++stats_.candidatesRefused;
  if (candidateNotes_.size() >= kMaxNotes) return;
  const std::string where = candidate.hostname.empty() ? candidate.address.toString() : candidate.hostname;
  candidateNotes_.push_back("candidate " + where + " (" + std::string(name(candidate.protocol)) +
                            ") is passed over: " + std::string(why));
  config_.log.write(LogLevel::kInfo, "ice", [&] { return candidateNotes_.back(); });
}

void Agent::addRemote(TimePoint now, const Candidate& candidate) {
  if (candidate.address.ip.isLoopback() && !gatherer_->opened() && undecided_.size() < config_.maxRemoteCandidates) {
    undecided_.push_back(candidate);
    return;
  }
  if (const std::string_view why = refusal(candidate, gatherer_->offersLoopback()); !why.empty()) {
    return refuseCandidate(candidate, why);
  }
  if (config_.acceptRemote && !config_.acceptRemote(candidate)) {
    return refuseCandidate(candidate, "the application does not want it");
  }
  config_.log.write(LogLevel::kDebug, "ice", [&] { return "remote " + candidate.toString(); });
  // RFC 8656 §9: before any check, or the server keeps the peer's from us.
  if (candidate.protocol == Protocol::kUdp) gatherer_->relays().permit(now, candidate.address.ip);
  session_->addRemote(candidate);
}

void Agent::endOfRemoteCandidates(TimePoint now) {
  remoteDone_ = true;
  update(now);
}

void Agent::keepPrevious() {
  if (!session_->canSend()) return;
  previous_ = std::move(session_);
  previous_->retire();
  overlapEnds_ = TimePoint::never();
}

// The same credentials and candidates of ours, with whoever has answered now.
void Agent::followRemote() {
  const Role role = session_->role();
  Credentials local = session_->localCredentials();
  const auto locals = session_->locals();
  auto early = session_->takeEarlyChecks();
  keepPrevious();
  startSession(role, remoteLite_, std::move(local));
  for (const LocalCandidate& each : locals) session_->addLocal(each);
  session_->putEarlyChecks(std::move(early));
  remoteDone_ = false;
  undecided_.clear();
  mdns_->clear();
  restarted_ = true;
}

void Agent::restart(TimePoint now, Credentials local) {
  if (state_ == State::kClosed) return;
  const Role role = session_->role();
  keepPrevious();
  startSession(role, remoteLite_, std::move(local));
  remoteDone_ = false;
  early_.clear();
  undecided_.clear();
  mdns_->clear();
  gatherer_->restart(now);
  if (!config_.relayOnly) tcp_->gather();
  setGatheringState(GatheringState::kGathering);
  restarted_ = true;
  update(now);
}

// A server keeps its place, by which its relays are known; one that is not asked for any more is passed over.
void Agent::configure(const std::vector<ServerUrl>& servers, bool relayOnly) {
  if (config_.lite) return;
  config_.relayOnly = relayOnly;
  auto& all = config_.servers;
  config_.retired.assign(all.size(), true);
  for (const ServerUrl& url : servers) {
    const auto known = std::find(all.begin(), all.end(), url);
    if (known != all.end()) {
      config_.retired[static_cast<size_t>(known - all.begin())] = false;
    } else if (all.size() < kMaxServersEver) {
      all.push_back(url);
      config_.retired.push_back(false);
    }
  }
}

void Agent::close() {
  if (state_ == State::kClosed) return;
  gatherer_->close();
  mdns_->clear();
  names_->clear();
  tcp_->close();
  received_.clear();
  early_.clear();
  session_->silence();
  previous_.reset();
  refusals_.clear();
  setState(State::kClosed);
}

PacketBuffer Agent::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  if (state_ == State::kClosed) return {};
  if (names_->receive(now, route, packet.view())) return {};
  if (mdns_->receive(now, route, packet.view())) {
    update(now);
    return {};
  }
  Route path;
  if (const auto arrival = gatherer_->relays().receive(now, route, packet); arrival != Relays::Arrival::kForeign) {
    while (gatherer_->relays().pollPacket(path, packet)) {
      if (PacketBuffer inner = receivePacket(now, path, std::move(packet))) received_.pushBack(std::move(inner));
    }
    if (arrival == Relays::Arrival::kControl) {
      gatherer_->collect();
      update(now);
    }
    return pollReceived(packet) ? std::move(packet) : PacketBuffer();
  }
  if (route.protocol != Protocol::kTcp || !tcp_->receive(route, packet.view())) {
    return receivePacket(now, route, std::move(packet));
  }
  while (tcp_->pollPacket(path, packet)) {
    if (PacketBuffer inner = receivePacket(now, path, std::move(packet))) received_.pushBack(std::move(inner));
  }
  return pollReceived(packet) ? std::move(packet) : PacketBuffer();
}

bool Agent::pollReceived(PacketBuffer& out) {
  return received_.take(out);
}

PacketBuffer Agent::receivePacket(TimePoint now, const Route& route, PacketBuffer packet) {
  if (stun::looksLikeStun(packet.view())) {
    receiveStun(now, route, packet.view());
    // With cargo, checks go once it has been taken (resume): an answer to it may ride on them.
    if (!cargo_.waits()) update(now);
    return {};
  }
  CandidatePair* carrier = session_->carrier(route);
  if (!carrier && previous_) carrier = previous_->carrier(route);
  if (!carrier) {
    if (session_->wasCheckedEarly(route) && EarlyData::isWorthKeeping(packet.view()) && early_.keep(route, packet)) {
      ++stats_.earlyData;
    } else {
      ++stats_.strayData;
    }
    return {};
  }
  ++stats_.packetsReceived;
  stats_.bytesReceived += packet.size();
  ++carrier->traffic.packetsReceived;
  carrier->traffic.bytesReceived += packet.size();
  carrier->traffic.lastReceived = now;
  return packet;
}

// The checks that came over the same routes were learnt just now, within the limits for pairs.
void Agent::releaseEarly() {
  early_.release([this](const Route& route, PacketBuffer packet) {
    if (!session_->accepts(route)) {
      // Of yet another agent, whose description may be the next one.
      if (!session_->wasCheckedEarly(route) || !early_.keep(route, packet)) ++stats_.strayData;
      return;
    }
    ++stats_.packetsReceived;
    stats_.bytesReceived += packet.size();
    received_.pushBack(std::move(packet));
  });
}

void Agent::receiveStun(TimePoint now, const Route& route, ByteView packet) {
  stun::Message message;
  if (!stun::Message::parse(packet, message) || message.method() != stun::Method::kBinding) {
    ++stats_.malformed;
    return;
  }
  switch (message.messageClass()) {
    case stun::Class::kRequest: return receiveRequest(now, route, message);
    case stun::Class::kIndication: return;  // RFC 8445 §11: a keepalive
    case stun::Class::kSuccess:
    case stun::Class::kError:
      if (gatherer_->handleResponse(now, route, message)) return;
      if (session_->receiveAnswer(now, route, message)) return;
      if (previous_ && previous_->receiveAnswer(now, route, message)) return;
      ++stats_.unmatched;
      return;
  }
}

// By our ufrag. Where both sessions have that, theirs says which of their agents it is.
Session* Agent::sessionOf(const stun::Message& check) const {
  const auto names = splitUsername(check);
  const bool isCurrent = names.local == session_->localCredentials().ufrag;
  const bool isPrevious = previous_ && names.local == previous_->localCredentials().ufrag;
  if (isPrevious && (!isCurrent || names.remote == previous_->remoteCredentials().ufrag)) return previous_.get();
  return isCurrent ? session_.get() : nullptr;
}

void Agent::receiveRequest(TimePoint now, const Route& route, const stun::Message& request) {
  // RFC 8489 §9.1.3: without USERNAME or MESSAGE-INTEGRITY 400; a username that is none of ours 401.
  if (!request.has(stun::AttributeType::kMessageIntegrity) || !request.has(stun::AttributeType::kUsername)) {
    refuse(route, request, stun::ErrorNumber::kBadRequest);
  } else if (Session* session = sessionOf(request)) {
    session->receiveRequest(now, route, request);
  } else {
    refuse(route, request, stun::ErrorNumber::kUnauthenticated);
  }
}

void Agent::refuse(const Route& route, const stun::Message& request, stun::ErrorNumber number) {
  ++stats_.unauthenticated;
  PacketBuffer packet = refusals_.size() < kMaxRefusals ? pool_.allocate() : PacketBuffer();
  if (!packet) {
    ++stats_.transmitsDropped;
    return;
  }
  const size_t size = stun::writeError(packet.writable(), request, number, nullptr);
  if (size > 0 && packet.resize(size)) refusals_.push_back({route, std::move(packet)});
}

void Agent::handleTimeout(TimePoint now) {
  if (state_ == State::kClosed) return;
  gatherer_->handleTimeout(now);
  mdns_->handleTimeout(now);
  names_->handleTimeout(now);
  tcp_->handleTimeout(
      now, [this](const Route& path) { return session_->accepts(path) || (previous_ && previous_->accepts(path)); });
  update(now);
}

TimePoint Agent::nextTimeout() const {
  if (state_ == State::kClosed) return TimePoint::never();
  TimePoint out = earlier(gatherer_->nextTimeout(), earlier(mdns_->nextTimeout(), names_->nextTimeout()));
  out = earlier(out, earlier(session_->nextTimeout(), tcp_->nextTimeout()));
  if (previous_) out = earlier(out, earlier(previous_->nextTimeout(), overlapEnds_));
  return out;
}

bool Agent::pollTransmit(TimePoint now, Transmit& out) {
  if (state_ == State::kClosed) return gatherer_->pollTransmit(out);  // the relays' last words
  while (!refusals_.empty()) {
    out = std::move(refusals_.front());
    refusals_.pop_front();
    if (gatherer_->relays().wrap(now, out.route, out.packet)) return true;
  }
  while (session_->pollTransmit(out) || (previous_ && previous_->pollTransmit(out))) {
    if (out.route.protocol != Protocol::kUdp) {
      tcp_->send(out.route, std::move(out.packet));
    } else if (gatherer_->relays().wrap(now, out.route, out.packet)) {
      return true;
    }
  }
  return tcp_->pollTransmit(out) || gatherer_->pollTransmit(out) || mdns_->pollTransmit(out) ||
         names_->pollTransmit(out);
}

bool Agent::pollIoRequest(IoRequest& out) {
  return tcp_->pollIoRequest(out) || gatherer_->pollIoRequest(out);
}

void Agent::handleIoResult(TimePoint now, const IoResult& result) {
  if (state_ == State::kClosed) return;
  if (!tcp_->handleIoResult(now, result)) gatherer_->handleIoResult(now, result);
  if (const auto* closed = std::get_if<UdpClosed>(&result)) {
    for (const SocketAddress& base : closed->locals) {
      session_->removeBase(now, base);
      names_->remove(base.ip);
      tcp_->removeAddress(base.ip);
      if (previous_) previous_->removeBase(now, base);
    }
  }
  update(now);
}

std::optional<Event> Agent::pollEvent() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

bool Agent::send(TimePoint now, PacketBuffer packet, Transmit& out) {
  // Consent that has run out by now counts as gone even before the timer has said so (RFC 7675 §5.1).
  Session* session = packet && state_ != State::kClosed ? dataSession() : nullptr;
  if (!session || !session->consentHolds(now)) {
    ++stats_.sendsRefused;
    return false;
  }
  const size_t size = packet.size();
  out.route = session->selected()->route();
  if (out.route.protocol == Protocol::kTcp && !tcp_->frame(Route(out.route), packet, out.route)) {
    ++stats_.sendsRefused;
    return false;
  }
  if (!gatherer_->relays().wrap(now, out.route, packet)) {
    ++stats_.sendsRefused;
    return false;
  }
  ++stats_.packetsSent;
  stats_.bytesSent += size;
  session->countSent(now, size);
  out.packet = std::move(packet);
  return true;
}

Session* Agent::dataSession() const {
  if (session_->canSend()) return session_.get();
  return previous_ && previous_->canSend() ? previous_.get() : nullptr;
}

std::array<std::string_view, 2> Agent::ufrags() const {
  if (state_ == State::kClosed) return {};
  return {session_->localCredentials().ufrag, previous_ ? previous_->localCredentials().ufrag : std::string_view()};
}

std::optional<PairInfo> Agent::selectedPair() const {
  const Session* session = dataSession();
  if (!session) return std::nullopt;
  return session->info(*session->selected());
}

void Agent::addLocal(TimePoint now, LocalCandidate local, bool mayTell) {
  session_->addLocal(local);
  const bool host = local.candidate.type == CandidateType::kHost;
  if (!mayTell) return;
  bool replaced = false;
  for (const NatMapping& mapping : config_.natMappings) {
    if (!host || local.candidate.tcpType == TcpType::kActive || mapping.local != local.base.ip) continue;
    LocalCandidate outside = local;
    outside.candidate.address.ip = mapping.external;
    if (mapping.reflexive) {
      Candidate& c = outside.candidate;
      c.type = CandidateType::kServerReflexive;
      c.related = local.base;
      const auto preference = static_cast<uint16_t>(c.priority >> 8);
      c.priority = c.protocol == Protocol::kUdp ? candidatePriority(c.type, preference, c.component)
                                                : tcpCandidatePriority(c.type, c.tcpType, preference, c.component);
      c.foundation = candidateFoundation(c.type, c.protocol, local.base.ip, mapping.external);
    } else {
      replaced = true;
    }
    session_->addLocal(outside);
    tell(now, std::move(outside));
  }
  if (!replaced) tell(now, std::move(local));
}

void Agent::tell(TimePoint now, LocalCandidate local) {
  local.candidate.ufrag = session_->localCredentials().ufrag;
  if (config_.mdnsNames) {
    // draft-ietf-mmusic-mdns-ice-candidates §3.1.2.2: a foundation made of the private address could be undone by trying
    // them all; a number tells no more than which are alike.
    std::string& foundation = local.candidate.foundation;
    auto at = std::find(foundations_.begin(), foundations_.end(), foundation);
    if (at == foundations_.end()) at = foundations_.insert(at, foundation);
    foundation = std::to_string(at - foundations_.begin() + 1);
    names_->hide(now, local.candidate);
  }
  config_.log.write(LogLevel::kDebug, "ice", [&] { return "local " + local.candidate.toString(); });
  events_.push_back(CandidateGathered{std::move(local.candidate), std::move(local.origin.url), local.origin.roundTrip});
}

void Agent::applyLost(TimePoint now) {
  Route path;
  while (tcp_->pollLost(path)) {
    session_->losePath(now, path);
    if (previous_) previous_->losePath(now, path);
  }
  SocketAddress relayed;
  while (gatherer_->relays().pollLost(relayed)) {
    session_->removeBase(now, relayed);
    if (previous_) previous_->removeBase(now, relayed);
  }
}

void Agent::applyGathered(TimePoint now) {
  LocalCandidate local;
  while (gatherer_->pollCandidate(local)) {
    if (local.candidate.type == CandidateType::kHost) tcp_->addHost(local);
    addLocal(now, std::move(local), true);
  }
  while (tcp_->pollCandidate(local)) addLocal(now, std::move(local), config_.tcp == TcpCandidates::kAll);
  CandidateError error;
  while (gatherer_->pollError(error)) {
    config_.log.write(LogLevel::kInfo, "ice", [&] {
      return error.url + " gave nothing: " + std::to_string(error.errorCode) + " " + error.errorText;
    });
    events_.push_back(std::move(error));
  }
  if (gatherer_->done() && tcp_->done()) setGatheringState(GatheringState::kComplete);
}

// After every input: what the parts have found goes where it belongs, what is due is done, and what changed is told.
void Agent::update(TimePoint now) {
  applyLost(now);
  applyGathered(now);
  if (!undecided_.empty() && gatherer_->opened()) {
    for (const Candidate& candidate : std::exchange(undecided_, {})) addRemote(now, candidate);
  }
  Candidate resolved;
  while (mdns_->pollResolved(resolved)) addRemote(now, resolved);
  session_->run(now);
  if (previous_) updatePrevious(now);
  if (session_->nominated()) gatherer_->stopKeepalive();

  setState(currentState(now));
  const Session* session = dataSession();
  askRelay(now, session);
  std::optional<Route> route;
  if (session) route = session->selected()->route();
  if (route == announcedRoute_) return;
  announcedRoute_ = route;
  if (!route) return;
  config_.log.write(LogLevel::kInfo, "ice",
                    [&] { return "selected " + describePair(session->checklist(), *session->selected()); });
  gatherer_->relays().select(now, *route);
  ++stats_.selectedPairChanges;
  events_.push_back(SelectedPairChanged{});
}

// Silence on a relayed pair may mean that the server has forgotten the allocation (it was restarted, say): dropping what
// it cannot relay is all that it does then, so it is asked (RFC 8656 §11.3).
void Agent::askRelay(TimePoint now, const Session* session) {
  const bool doubtful = session != nullptr && session->doubtful();
  if (doubtful && !doubted_) gatherer_->relays().probe(now, session->selected()->base);
  doubted_ = doubtful;
}

void Agent::updatePrevious(TimePoint now) {
  if (session_->canSend() && overlapEnds_.isNever()) {
    overlapEnds_ = now + kOverlap;
    previous_->silence();
  }
  previous_->run(now);
  if (previous_->dead() || now >= overlapEnds_) previous_.reset();
}

State Agent::currentState(TimePoint now) {
  const bool remoteDone = remoteDone_ && mdns_->idle();
  const State state = session_->state(now, gatheringState_ == GatheringState::kComplete, remoteDone);
  if (session_->canSend() || session_->dead()) restarted_ = false;
  if (!restarted_) return state;
  // W3C webrtc-pc §5.6.4: a restart leaves "completed" for "connected", "disconnected" and "failed" for "checking".
  if (previous_ && previous_->canSend() && !previous_->doubtful()) return State::kConnected;
  return state == State::kNew && state_ != State::kNew ? State::kChecking : state;
}

void Agent::setState(State state) {
  if (state == state_) return;
  config_.log.write(LogLevel::kInfo, "ice",
                    [&] { return std::string(name(state_)) + " -> " + std::string(name(state)); });
  if (state == State::kFailed) logFailure();
  state_ = state;
  events_.push_back(StateChanged{state});
}

std::vector<PairStats> Agent::pairStats() const {
  std::vector<PairStats> out;
  const Session* data = dataSession();
  for (const auto& pair : session_->checklist().pairs()) {
    const bool selected = data == session_.get() && pair.get() == data->selected();
    out.push_back({session_->info(*pair), pair->state, selected, pair->history, pair->traffic});
  }
  if (data && data != session_.get()) {
    const CandidatePair& pair = *data->selected();
    out.push_back({data->info(pair), pair.state, true, pair.history, pair.traffic});
  }
  return out;
}

std::vector<CandidateGathered> Agent::localCandidates() const {
  std::vector<CandidateGathered> out;
  for (const LocalCandidate& local : session_->locals())
    out.push_back({local.candidate, local.origin.url, local.origin.roundTrip});
  return out;
}

std::vector<Candidate> Agent::remoteCandidates() const {
  return session_->checklist().remotes();
}

std::vector<std::string> Agent::pairReport() const {
  return ice::pairReport(session_->checklist());
}

void Agent::logFailure() const {
  if (!config_.log.takes(LogLevel::kWarning)) return;
  for (const std::string& line : pairReport()) {
    config_.log.write(LogLevel::kWarning, "ice", [&] { return line; });
  }
}

void Agent::setGatheringState(GatheringState state) {
  if (state == gatheringState_) return;
  gatheringState_ = state;
  events_.push_back(GatheringStateChanged{state});
}

}  // namespace tincan::inline v0::ice

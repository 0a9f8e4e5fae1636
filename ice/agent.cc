// The agent's parts, and the way through them. What it says of itself is in agent_views.cc.
//
//   packet ─> mDNS: the peer's names, and ours ─> a relay's wrapping off, a stream cut ─┬─ STUN ─> servers' answers: Gatherer
//                                                                                       │          checks and answers: Generations
//                                                                                       │          of nobody: Refusals
//                                                                                       └─ data ─> Arrivals ─> the transport above
//   every input ends in update(): what was lost, gathered and told by the peer goes to the session in force; it does what
//   is due; state and pair, where they have changed, become events
#include "ice/agent.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ice/gatherer.h"
#include "ice/generations.h"
#include "ice/pair_report.h"
#include "ice/remote_candidates.h"
#include "ice/tcp_streams.h"
#include "ice/told_candidates.h"

namespace tincan::inline v0::ice {
namespace {

bool areSame(const LocalCandidate& a, const LocalCandidate& b) {
  return a.base == b.base && a.candidate.type == b.candidate.type && a.candidate.protocol == b.candidate.protocol &&
         a.candidate.address == b.candidate.address && a.candidate.tcpType == b.candidate.tcpType;
}

bool knows(const Session& session, const LocalCandidate& local) {
  const auto& known = session.locals();
  return std::any_of(known.begin(), known.end(), [&](const LocalCandidate& each) { return areSame(each, local); });
}

/// `told`: as the peer is told of it, which may be itself. False where the session has it already.
bool giveTo(Session& session, const LocalCandidate& local, const std::vector<LocalCandidate>& told) {
  if (knows(session, local)) return false;
  session.addLocal(local);
  for (const LocalCandidate& each : told)
    if (!areSame(each, local)) session.addLocal(each);
  return true;
}

}  // namespace

Agent::Agent(AgentConfig config, RandomSource& random, PacketPool& pool)
    : config_(usable(std::move(config))),
      random_(random),
      pool_(pool),
      tieBreaker_(random.u64()),
      cargo_(pool),
      gatherer_(std::make_unique<Gatherer>(config_, random_, pool_, stats_)),
      remotes_(std::make_unique<RemoteCandidates>(config_, pool_, stats_)),
      told_(std::make_unique<ToldCandidates>(config_, random_, pool_, stats_)),
      tcp_(std::make_unique<TcpStreams>(config_, pool_, stats_)),
      generations_(std::make_unique<Generations>()),
      refusals_(pool_, stats_),
      arrivals_(stats_) {
  beginSession(config_.role, config_.credentials ? *config_.credentials : Credentials::generate(random_));
}

Agent::~Agent() = default;

std::unique_ptr<Session> Agent::makeSession(Role role, Credentials local) {
  const Session::Setup setup{role, remoteLite_, renomination_, tieBreaker_, std::move(local)};
  return std::make_unique<Session>(config_, setup, random_, pool_, stats_);
}

void Agent::beginSession(Role role, Credentials local) {
  generations_->begin(makeSession(role, std::move(local)));
  session().setCargo(&cargo_);
}

Session& Agent::session() {
  return generations_->newest();
}
const Session& Agent::session() const {
  return generations_->newest();
}

void Agent::setRole(Role role) {
  session().setRole(role);
  generations_->current().setRole(role);
}

void Agent::setRemoteLite(bool lite) {
  remoteLite_ = lite;
  session().setRemoteLite(lite);
}

void Agent::expectMove() {
  generations_->current().expectMove();
}

void Agent::setRemoteRenomination(bool has) {
  renomination_ = config_.renomination && has;
  session().setRenomination(renomination_);
}

void Agent::gather(TimePoint now) {
  if (state_ == State::kClosed || gatherer_->started()) return;
  gatherer_->start(now);
  if (!config_.relayOnly) tcp_->gather();
  setGatheringState(GatheringState::kGathering);
  update(now);
}

bool Agent::isOtherRemote(const Credentials& remote) const {
  return session().hasRemoteCredentials() && !(session().remoteCredentials() == remote);
}

void Agent::forgetPrevious() {
  acceptRestart();
  generations_->forgetPrevious();
}

void Agent::setRemoteCredentials(TimePoint now, Credentials remote) {
  if (state_ == State::kClosed) return;
  acceptRestart();
  if (isOtherRemote(remote)) followRemote();
  session().setRemoteCredentials(now, remote);
  arrivals_.releaseEarly(session());
  update(now);
}

void Agent::addRemoteCandidate(TimePoint now, const Candidate& candidate) {
  if (state_ == State::kClosed) return;
  remotes_->add(now, candidate);
  update(now);
}

void Agent::endOfRemoteCandidates(TimePoint now) {
  remotes_->end();
  update(now);
}

// The same credentials and candidates of ours, with whoever has answered now.
void Agent::followRemote() {
  Credentials local = session().localCredentials();
  const auto locals = session().locals();
  auto early = session().takeEarlyChecks();
  beginSession(session().role(), std::move(local));
  for (const LocalCandidate& each : locals) session().addLocal(each);
  session().putEarlyChecks(std::move(early));
  remotes_->restart();
  restarted_ = true;
}

void Agent::restart(TimePoint now, Credentials local) {
  if (state_ == State::kClosed) return;
  if (&session() == &generations_->current()) restartedBefore_ = restarted_;
  generations_->offer(makeSession(session().role(), std::move(local)));
  arrivals_.dropEarly();
  gatherer_->restart(now);
  if (!config_.relayOnly) tcp_->gather();
  setGatheringState(GatheringState::kGathering);
  restarted_ = true;
  update(now);
}

void Agent::acceptRestart() {
  if (!generations_->accept()) return;
  generations_->untold.clear();
  session().setCargo(&cargo_);
  remotes_->restart();
}

void Agent::takeBackRestart(TimePoint now) {
  const std::unique_ptr<Session> offered = state_ == State::kClosed ? nullptr : generations_->takeBack();
  if (!offered) return;
  restarted_ = restartedBefore_;
  for (LocalCandidate& each : std::exchange(generations_->untold, {})) tell(now, std::move(each));
  update(now);
}

void Agent::configure(const std::vector<ServerUrl>& servers, bool relayOnly) {
  setServers(config_, servers, relayOnly);
}

void Agent::close() {
  if (state_ == State::kClosed) return;
  gatherer_->close();
  remotes_->names().clear();
  told_->names().clear();
  tcp_->close();
  arrivals_.clear();
  generations_->close();
  refusals_.clear();
  setState(State::kClosed);
}

PacketBuffer Agent::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  if (state_ == State::kClosed) return {};
  if (told_->names().receive(now, route, packet.view())) return {};
  if (remotes_->names().receive(now, route, packet.view())) {
    update(now);
    return {};
  }
  Route path;
  if (const auto arrival = gatherer_->relays().receive(now, route, packet); arrival != Relays::Arrival::kForeign) {
    while (gatherer_->relays().pollPacket(path, packet)) {
      if (PacketBuffer inner = receivePacket(now, path, std::move(packet))) arrivals_.push(std::move(inner));
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
    if (PacketBuffer inner = receivePacket(now, path, std::move(packet))) arrivals_.push(std::move(inner));
  }
  return pollReceived(packet) ? std::move(packet) : PacketBuffer();
}

bool Agent::pollReceived(PacketBuffer& out) {
  return arrivals_.take(out);
}

PacketBuffer Agent::receivePacket(TimePoint now, const Route& route, PacketBuffer packet) {
  if (stun::looksLikeStun(packet.view())) {
    receiveStun(now, route, packet.view());
    // With cargo, checks go once it has been taken (resume): an answer to it may ride on them.
    if (!cargo_.waits()) update(now);
    return {};
  }
  return arrivals_.sort(now, route, std::move(packet), *generations_);
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
      if (generations_->receiveAnswer(now, route, message)) return;
      ++stats_.unmatched;
      return;
  }
}

void Agent::receiveRequest(TimePoint now, const Route& route, const stun::Message& request) {
  // RFC 8489 §9.1.3: without USERNAME or MESSAGE-INTEGRITY 400; a username that is none of ours 401.
  if (!request.has(stun::AttributeType::kMessageIntegrity) || !request.has(stun::AttributeType::kUsername)) {
    refusals_.add(route, request, stun::ErrorNumber::kBadRequest);
  } else if (Session* session = generations_->of(request)) {
    session->receiveRequest(now, route, request);
  } else {
    refusals_.add(route, request, stun::ErrorNumber::kUnauthenticated);
  }
}

void Agent::handleTimeout(TimePoint now) {
  if (state_ == State::kClosed) return;
  gatherer_->handleTimeout(now);
  remotes_->names().handleTimeout(now);
  told_->names().handleTimeout(now);
  tcp_->handleTimeout(now, [this](const Route& path) { return generations_->accepts(path); });
  update(now);
}

TimePoint Agent::nextTimeout() const {
  if (state_ == State::kClosed) return TimePoint::never();
  const TimePoint names = earlier(remotes_->names().nextTimeout(), told_->names().nextTimeout());
  return earlier(earlier(gatherer_->nextTimeout(), names), earlier(generations_->nextTimeout(), tcp_->nextTimeout()));
}

bool Agent::pollTransmit(TimePoint now, Transmit& out) {
  if (state_ == State::kClosed) return gatherer_->pollTransmit(out);  // the relays' last words
  while (refusals_.take(out)) {
    if (gatherer_->relays().wrap(now, out.route, out.packet)) return true;
  }
  while (generations_->pollTransmit(out)) {
    if (out.route.protocol != Protocol::kUdp) {
      tcp_->send(out.route, std::move(out.packet));
    } else if (gatherer_->relays().wrap(now, out.route, out.packet)) {
      return true;
    }
  }
  return tcp_->pollTransmit(out) || gatherer_->pollTransmit(out) || remotes_->names().pollTransmit(out) ||
         told_->names().pollTransmit(out);
}

bool Agent::pollIoRequest(IoRequest& out) {
  return tcp_->pollIoRequest(out) || gatherer_->pollIoRequest(out);
}

void Agent::handleIoResult(TimePoint now, const IoResult& result) {
  if (state_ == State::kClosed) return;
  if (!tcp_->handleIoResult(now, result)) gatherer_->handleIoResult(now, result);
  if (const auto* closed = std::get_if<UdpClosed>(&result)) {
    for (const SocketAddress& base : closed->locals) {
      generations_->removeBase(now, base);
      told_->names().remove(base.ip);
      tcp_->removeAddress(base.ip);
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
  Session* session = packet && state_ != State::kClosed ? generations_->carriesData() : nullptr;
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

void Agent::addLocal(TimePoint now, LocalCandidate local, bool mayTell) {
  ToldCandidates::Outside outside;
  if (mayTell) outside = told_->outsideOf(local);
  if (mayTell && !outside.replaces) outside.seen.push_back(local);
  // Beside a restart that is offered it is of use for the generation in force, too.
  if (&generations_->current() != &session() && giveTo(generations_->current(), local, outside.seen))
    generations_->untold.insert(generations_->untold.end(), outside.seen.begin(), outside.seen.end());
  // What a restart that was taken back had asked for comes once more.
  if (!giveTo(session(), local, outside.seen)) return;
  for (LocalCandidate& each : outside.seen) tell(now, std::move(each));
}

void Agent::tell(TimePoint now, LocalCandidate local) {
  events_.push_back(told_->tell(now, std::move(local), session().localCredentials().ufrag));
}

void Agent::applyLost(TimePoint now) {
  Route path;
  while (tcp_->pollLost(path)) generations_->losePath(now, path);
  SocketAddress relayed;
  while (gatherer_->relays().pollLost(relayed)) generations_->removeBase(now, relayed);
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

void Agent::applyRemotes(TimePoint now) {
  const RemoteCandidates::Local local{gatherer_->opened(), gatherer_->offersLoopback()};
  for (Candidate candidate; remotes_->poll(local, candidate);) {
    // RFC 8656 §9: before any check, or the server keeps the peer's from us.
    if (candidate.protocol == Protocol::kUdp) gatherer_->relays().permit(now, candidate.address.ip);
    const bool isOffered =
        !candidate.ufrag.empty() && candidate.ufrag != generations_->current().remoteCredentials().ufrag;
    (isOffered ? session() : generations_->current()).addRemote(candidate);
  }
}

// After every input: what the parts have found goes where it belongs, what is due is done, and what changed is told.
void Agent::update(TimePoint now) {
  applyLost(now);
  applyGathered(now);
  applyRemotes(now);
  generations_->run(now);
  if (session().nominated()) gatherer_->stopKeepalive();

  setState(currentState(now));
  const Session* carrier = generations_->carriesData();
  askRelay(now, carrier);
  std::optional<Route> route;
  if (carrier) route = carrier->selected()->route();
  if (route == announcedRoute_) return;
  announcedRoute_ = route;
  if (!route) return;
  config_.log.write(LogLevel::kInfo, "ice",
                    [&] { return "selected " + describePair(carrier->checklist(), *carrier->selected()); });
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

State Agent::currentState(TimePoint now) {
  const State state = session().state(now, gatheringState_ == GatheringState::kComplete, remotes_->done());
  if (session().canSend() || session().dead()) restarted_ = false;
  if (!restarted_) return state;
  // W3C webrtc-pc §5.6.4: a restart leaves "completed" for "connected", "disconnected" and "failed" for "checking".
  const Session* before = generations_->carriesData();
  if (before && before != &session() && !before->doubtful()) return State::kConnected;
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

void Agent::setGatheringState(GatheringState state) {
  if (state == gatheringState_) return;
  gatheringState_ = state;
  events_.push_back(GatheringStateChanged{state});
}

}  // namespace tincan::inline v0::ice

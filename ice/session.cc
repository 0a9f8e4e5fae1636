// What a session sends of its own accord. What it makes of what comes in is in session_receive.cc,
// which pair is named in session_nomination.cc.
//
//   credentials known ──> ordinary checks (Ta apart) ──┐
//   the peer's check  ──> triggered check ─────────────┴─> a pair is valid: selected, data may go
//                                                             │ controlling: best pair done, or 100 ms later
//                                                             v
//                                             check with USE-CANDIDATE answered: nominated
//                                                             │ consent every 5 s
//             answers missing for 5 s: doubt, all other pairs are checked again ──> 30 s: dead, for good
#include "ice/session.h"

#include <algorithm>

#include "ice/check_message.h"

namespace tincan::inline v0::ice {
namespace {

// Triggered and nominating checks may go this many at once before they are 5 ms apart: an exchange of a few packets on
// a fast path is over by then.
constexpr int64_t kBurst = 4;

}  // namespace

Session::Session(const AgentConfig& config, Setup setup, RandomSource& random, PacketPool& pool, Stats& stats)
    : config_(config),
      setup_(std::move(setup)),
      random_(random),
      stats_(stats),
      outbox_(pool, stats),
      localKey_(stun::IntegrityKey::shortTerm(setup_.local.password)),
      checklist_(config, stats, setup_.role) {
  setRemoteLite(setup_.remoteLite);
}

void Session::setRole(Role role) {
  if (config_.lite) role = Role::kControlled;  // RFC 8445 §6.1.1
  if (setup_.remoteLite) role = Role::kControlling;
  if (role != setup_.role) switchRole(role);
}

void Session::setRemoteLite(bool lite) {
  setup_.remoteLite = lite;
  // RFC 8445 §6.1.1: towards a lite agent the full one controls.
  if (lite || config_.lite) setRole(Role::kControlling);
}

void Session::setRemoteCredentials(TimePoint now, const Credentials& remote) {
  if (remoteKey_) return;
  remote_ = remote;
  remoteKey_ = stun::IntegrityKey::shortTerm(remote.password);
  username_ = remote.ufrag + ":" + setup_.local.ufrag;  // RFC 8445 §7.2.2
  startedAt_ = now;
  for (const Candidate& candidate : std::exchange(waiting_, {})) addRemote(candidate);
  for (const EarlyCheck& check : early_.takeOf(remote.ufrag)) learn(now, check);
}

void Session::addLocal(const LocalCandidate& local) {
  locals_.push_back(local);
  // RFC 8445 §6.1.2.4: a server-reflexive candidate's pairs would be its base's pairs; a relayed one is its own base.
  // A host candidate that is told under a NAT's outside address has no pairs of its own either.
  const CandidateType type = local.candidate.type;
  const bool ownBase = type == CandidateType::kHost || type == CandidateType::kRelay;
  if (ownBase && local.candidate.address == local.base) checklist_.addBase(local.candidate);
}

void Session::addRemote(const Candidate& candidate) {
  if (!remoteKey_) {
    if (waiting_.size() < config_.maxRemoteCandidates) {
      waiting_.push_back(candidate);
    } else {
      ++stats_.candidatesRefused;
    }
    return;
  }
  // A candidate that says it belongs to other credentials is late, from before a restart.
  if (!candidate.ufrag.empty() && candidate.ufrag != remote_.ufrag) {
    ++stats_.candidatesRefused;
    return;
  }
  checklist_.addRemote(candidate);
}

void Session::run(TimePoint now) {
  lastRun_ = now;
  if (dead_ || silent_) return;
  if (config_.lite) return checkLife(now);
  checkConsent(now);
  if (dead_ || retired_ || !remoteKey_) return;
  retransmit(now);
  maybeNominate(now);
  sendTriggered(now);
  sendOrdinary(now);
}

void Session::silence() {
  silent_ = true;
  consent_.reset();
}

void Session::checkConsent(TimePoint now) {
  if (!consent_) return;
  switch (consent_->state(now)) {
    case Consent::State::kExpired: return expire();
    case Consent::State::kDoubtful:
      if (!doubtful_) enterDoubt();
      break;
    case Consent::State::kFresh:
      if (doubtful_) leaveDoubt();
      break;
  }
  if (consent_->takeSend(now)) sendConsent(now);
}

// RFC 7675 §5.1 is for those who check. A full peer asks for consent every 5 s; without that, it is gone.
void Session::checkLife(TimePoint now) {
  if (!selected_) return;
  if (now >= lastHeard_ + config_.consentTimeout) return expire();
  doubtful_ = now >= lastHeard_ + config_.consentInterval * 2 + config_.disconnectedAfter;
}

// The pair in use has gone quiet: whichever other pair works now may take over.
void Session::enterDoubt() {
  doubtful_ = true;
  if (retired_) return;
  firstValidAt_ = TimePoint::never();
  for (const auto& pair : checklist_.pairs()) {
    if (pair.get() == selected_) continue;
    pair->valid = false;
    pair->nominating = false;
    pair->check.reset();
    pair->state = CandidatePair::State::kWaiting;
  }
}

void Session::leaveDoubt() {
  doubtful_ = false;
  if (nominated_) pauseOthers();
}

// RFC 7675 §5.1: consent that has expired does not come back; a restart is a new session.
void Session::expire() {
  dead_ = true;
  consent_.reset();
  checklist_.dropTriggered();
  for (const auto& pair : checklist_.pairs()) {
    pair->check.reset();
    pair->valid = false;
    pair->state = CandidatePair::State::kFailed;
  }
}

void Session::retransmit(TimePoint now) {
  for (const auto& pair : checklist_.pairs()) {
    if (!pair->check) continue;
    if (pair->check->expired(now)) {
      fail(*pair);
    } else if (pair->check->takeSend(now)) {
      SentCheck* const sent = pair->find(pair->check->id());
      if (!sent) continue;
      const uint32_t before = sent->carried;
      sent->repeated = true;
      sendCheck(now, *pair, *sent);
      if (sent->carried != before) sent->carried = 0;  // an answer would not say which of the two it has
    }
  }
}

TimePoint Session::burstTime() const {
  return burst_ - config_.minimumPacing * (kBurst - 1);
}

void Session::sendTriggered(TimePoint now) {
  while (checklist_.hasTriggered() && now >= burstTime()) {
    CandidatePair* pair = checklist_.popTriggered();
    if (pair->valid && !pair->nominating) continue;  // it came through while it waited
    startCheck(now, *pair);
    burst_ = std::max(burst_, now) + config_.minimumPacing;
  }
}

// With a nominated pair no other is worth a check, but for what is better with renomination, and what is direct where that
// one is relayed: there both sides check, because each has a NAT to open.
bool Session::isWanted(const CandidatePair& pair) const {
  if (!nominated_ || doubtful_ || leavesRelayFor(pair)) return true;
  return setup_.renomination && setup_.role == Role::kControlling && pair.priority > nominated_->priority;
}

CandidatePair* Session::ordinary() const {
  return checklist_.nextOrdinary([this](const CandidatePair& pair) { return isWanted(pair); });
}

void Session::sendOrdinary(TimePoint now) {
  if (now < nextOrdinary_) return;
  CandidatePair* pair = ordinary();
  if (!pair) return;
  startCheck(now, *pair);
  nextOrdinary_ = now + config_.pacing;
}

void Session::startCheck(TimePoint now, CandidatePair& pair) {
  stun::RetryPlan plan;
  // RFC 8445 §14.3: RTO = MAX (500 ms, Ta * (number of pairs that wait or are in progress)).
  const auto busy = std::count_if(checklist_.pairs().begin(), checklist_.pairs().end(), [](const auto& p) {
    return p->state == CandidatePair::State::kWaiting || p->state == CandidatePair::State::kInProgress;
  });
  plan.rto = std::max(config_.checkRto, config_.pacing * busy);
  plan.maximumRto = std::max(plan.rto, config_.maximumRto);
  plan.sends = 1000;  // the time-out ends it
  plan.timeout = config_.checkTimeout;
  if (pair.protocol != Protocol::kUdp) {
    // RFC 8489 §6.2.2: a stream is reliable; the request is not repeated.
    plan.sends = 1;
    plan.lastWait = 1000;
  }
  pair.check.emplace(stun::newTransactionId(random_), now, plan);
  pair.check->takeSend(now);
  pair.state = CandidatePair::State::kInProgress;
  const bool nominating = pair.nominating && setup_.role == Role::kControlling;
  sendCheck(now, pair, pair.remember({pair.check->id(), now, setup_.role, nominating, false}));
}

void Session::sendConsent(TimePoint now) {
  // RFC 7675 §5.1: a transaction of its own each time. A controlling agent repeats its nomination, as browsers do.
  const bool nominating = setup_.role == Role::kControlling && selected_ == nominated_;
  sendCheck(now, *selected_,
            selected_->remember({stun::newTransactionId(random_), now, setup_.role, nominating, true}));
  ++stats_.consentChecksSent;
  ++selected_->traffic.consentRequestsSent;
}

void Session::sendCheck(TimePoint now, CandidatePair& pair, SentCheck& sent) {
  if (checklist_.remote(pair).type == CandidateType::kPeerReflexive) {
    // Nobody but an incoming check has named this address: one check an RTO, however many ask for it.
    pair.nextTrigger = now + config_.checkRto;
  }
  // RFC 8445 §7.1.1: the priority of a peer-reflexive candidate on the same base.
  const auto localPreference = static_cast<uint16_t>(checklist_.local(pair).priority >> 8);
  const Candidate& local = checklist_.local(pair);
  const uint32_t priority =
      pair.protocol == Protocol::kUdp
          ? candidatePriority(CandidateType::kPeerReflexive, localPreference, local.component)
          : tcpCandidatePriority(CandidateType::kPeerReflexive, local.tcpType, localPreference, local.component);
  CheckFields fields{sent.id, username_, priority, sent.role, setup_.tieBreaker, sent.nominating};
  if (sent.nominating && pair.nomination != 0) fields.nomination = pair.nomination;
  const bool written = outbox_.write(
      pair.route(), [&](MutableByteView out) { return writeCheck(out, fields, *remoteKey_, cargo_, &sent.carried); });
  if (!written) return;
  ++stats_.checksSent;
  if (!sent.consent) {
    ++pair.history.sent;
    log(pair, [] { return std::string("check sent"); });
  }
}

void Session::fail(CandidatePair& pair) {
  log(pair, [] { return std::string("given up"); });
  pair.state = CandidatePair::State::kFailed;
  pair.check.reset();
  pair.nominating = false;
  pair.valid = false;
  if (&pair == nominated_) nominated_ = nullptr;
  reselect();
}

void Session::switchRole(Role role) {
  setup_.role = role;
  checklist_.setRole(role);
  for (const auto& pair : checklist_.pairs()) pair->nominating = false;
}

void Session::reselect() {
  const auto usable = [&](const CandidatePair* p) { return p && p->valid && !(doubtful_ && p == selected_); };
  CandidatePair* target = usable(nominated_) ? nominated_ : nullptr;
  for (const auto& pair : checklist_.pairs()) {
    // RFC 8445 §12.1: before the nomination, the best pair that works.
    if (!target && usable(pair.get())) target = pair.get();
  }
  if (!target && selected_ && selected_->valid) target = selected_;
  if (target == selected_) return;
  if (nominated_ && target != nominated_) {
    // Only doubt brings us here: the nomination goes with the pair.
    nominated_->nominated = false;
    nominated_ = nullptr;
  }
  if (doubtful_ && selected_) {
    // What has gone quiet must prove itself again.
    selected_->valid = false;
    selected_->state = CandidatePair::State::kWaiting;
  }
  selected_ = target;
  checklist_.pin(selected_);
  doubtful_ = false;
  consent_.reset();
  if (!selected_) return;
  consent_.emplace(selected_->lastAnswer, config_, random_);
  // The check that was answered had been repeated. What begins over this pair would wait for the first question of consent,
  // seconds long, to know when a packet is lost: it is asked now.
  if (!selected_->measured) consent_->ask(selected_->lastAnswer);
}

TimePoint Session::nextTimeout() const {
  TimePoint out = TimePoint::never();
  if (dead_ || silent_) return out;
  if (config_.lite) {
    if (!selected_) return out;
    const TimePoint doubt = lastHeard_ + config_.consentInterval * 2 + config_.disconnectedAfter;
    return lastRun_ < doubt ? doubt : lastHeard_ + config_.consentTimeout;
  }
  if (consent_) out = consent_->nextTimeout();
  if (retired_ || !remoteKey_) return out;
  for (const auto& pair : checklist_.pairs()) {
    if (pair->check) out = earlier(out, pair->check->nextTimeout());
  }
  if (checklist_.hasTriggered()) out = earlier(out, burstTime());
  if (ordinary()) out = earlier(out, nextOrdinary_);
  const TimePoint patience = startedAt_ + config_.checkTimeout;
  if (!selected_ && patience > lastRun_) out = earlier(out, patience);
  return earlier(out, nominationTime());
}

bool Session::pollTransmit(Transmit& out) {
  for (const Answer& each : std::exchange(answers_, {})) writeAnswer(each);
  return outbox_.take(out);
}

CandidatePair* Session::carrier(const Route& route) const {
  if (dead_) return nullptr;
  if (selected_ && selected_->remote == route.remote && selected_->route() == route) return selected_;
  CandidatePair* pair = checklist_.find(route);
  // RFC 8445 §12.2: data may come before our own check is through; the peer has shown that it knows our password.
  return pair && (pair->valid || pair->peerChecked) ? pair : nullptr;
}

void Session::countSent(TimePoint now, size_t size) {
  ++selected_->traffic.packetsSent;
  selected_->traffic.bytesSent += size;
  selected_->traffic.lastSent = now;
}

PairInfo Session::info(const CandidatePair& pair) const {
  PairInfo out;
  out.remote = checklist_.remote(pair);
  out.route = pair.route();
  out.rtt = pair.rtt;
  out.nominated = pair.nominated;
  out.local = checklist_.local(pair);
  if (!pair.mapped || *pair.mapped == pair.base) return out;
  // RFC 8445 §7.2.5.3.1: the address at which the peer sees us is one that we know, or a new peer-reflexive one.
  for (const LocalCandidate& local : locals_) {
    if (local.candidate.address == *pair.mapped && local.base == pair.base) {
      out.local = local.candidate;
      return out;
    }
  }
  out.local.type = CandidateType::kPeerReflexive;
  out.local.address = *pair.mapped;
  out.local.related = pair.base;
  return out;
}

State Session::state(TimePoint now, bool gatheringDone, bool remoteDone) const {
  if (dead_) return State::kFailed;
  // RFC 8445 §6.1.1: with two lite agents nobody would check, nor notice that nothing passes.
  if (config_.lite && setup_.remoteLite) return State::kFailed;
  if (selected_) {
    if (doubtful_) return State::kDisconnected;
    return nominated_ && gatheringDone && remoteDone ? State::kCompleted : State::kConnected;
  }
  if (!remoteKey_) return State::kNew;
  // The pair in use went, and nothing has taken its place yet.
  const bool lost = wasSelected_ && now < startedAt_ + config_.checkTimeout;
  if (lost) return State::kDisconnected;
  // With no pair left more of the peer's candidates may come, but not for ever where there was a pair once.
  const bool noMore = remoteDone && gatheringDone;
  const bool hopeless = checklist_.pairs().empty() ? noMore || wasSelected_ : checklist_.allFailed();
  // RFC 8863 §4: not before the PAC timer, because the peer's checks may still find a pair that we do not know of.
  if (hopeless && now >= startedAt_ + config_.checkTimeout) return State::kFailed;
  return checklist_.pairs().empty() && !remoteDone ? State::kNew : State::kChecking;
}

}  // namespace tincan::inline v0::ice

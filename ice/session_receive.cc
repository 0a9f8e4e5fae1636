// What a session makes of the peer's checks and of the answers to its own (RFC 8445 §7.3, §7.2.5).
#include "ice/check_message.h"
#include "ice/session.h"
#include "stun/response.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxAnswers = 64;  // that wait to be polled: a drain's worth of checks

// RFC 8489 §6.3.4: the far end has a trouble of its own, and may be asked again. The check's own retransmissions do that.
bool isPassing(uint16_t error) {
  return error >= 500 && error < 600;
}

}  // namespace

using stun::AttributeType;
using stun::ErrorNumber;

template <class Write>
void Session::respond(const Route& route, Write&& write) {
  if (outbox_.write(route, std::forward<Write>(write))) ++stats_.responsesSent;
}

/// At once; but what the check brought may have an answer of its own, which is to ride on ours, once it has been taken.
void Session::answer(const Answer& to) {
  if (!cargo_ || !cargo_->waits()) return writeAnswer(to);
  if (answers_.size() < kMaxAnswers) answers_.push_back(to);
}

void Session::writeAnswer(const Answer& to) {
  respond(to.route, [&](auto out) { return writeCheckAnswer(out, to.id, to.route.remote, localKey_, cargo_); });
}

void Session::receiveRequest(TimePoint now, const Route& route, const stun::Message& request) {
  if (request.checkIntegrity(localKey_) != stun::IntegrityCheck::kValid) {
    ++stats_.unauthenticated;
    return respond(route, [&](auto out) { return writeError(out, request, ErrorNumber::kUnauthenticated, nullptr); });
  }
  if (dead_ || !checklist_.hasBase(route.protocol, route.local)) return;
  ++stats_.checksReceived;
  std::array<AttributeType, 8> unknown;
  if (const size_t count = request.unknownRequired(knownCheckAttributes(), unknown)) {
    return respond(route, [&](auto out) {
      return writeUnknownAttributes(out, request, std::span(unknown).first(count), &localKey_);
    });
  }
  const auto priority = request.u32(AttributeType::kPriority);
  if (!priority) {
    // RFC 8445 §7.1.1: PRIORITY MUST be there.
    return respond(route, [&](auto out) { return writeError(out, request, ErrorNumber::kBadRequest, &localKey_); });
  }
  if (!resolveConflict(route, request)) return;
  if (cargo_) cargo_->read(request);
  answer({route, request.transactionId()});

  const std::string_view theirs = splitUsername(request).remote;
  const EarlyCheck check{route, *priority, request.has(AttributeType::kUseCandidate),
                         request.u32(AttributeType::kNomination), std::string(theirs)};
  if (remoteKey_ && theirs == remote_.ufrag) return learn(now, check);
  // RFC 8445 §7.3: a check may come before the peer's description does. It is answered, and triggers one of ours later.
  // So may one of another agent that has our offer, while the one before it is in force (RFC 9429 §4.1.10.1).
  if (!early_.keep(check)) ++stats_.peerReflexiveRefused;
}

// RFC 8445 §7.3.1.1. False when the request was refused with 487.
bool Session::resolveConflict(const Route& route, const stun::Message& request) {
  const bool controlling = setup_.role == Role::kControlling;
  const auto theirs = request.u64(controlling ? AttributeType::kIceControlling : AttributeType::kIceControlled);
  if (!theirs || setup_.remoteLite) return true;
  ++stats_.roleConflicts;
  // A lite agent never controls, whatever the tie-breakers say (RFC 8445 §6.1.1).
  const bool weControl = setup_.tieBreaker >= *theirs && !config_.lite;
  if (weControl == controlling || config_.lite) {
    respond(route, [&](auto out) { return writeError(out, request, ErrorNumber::kRoleConflict, &localKey_); });
    return false;
  }
  switchRole(weControl ? Role::kControlling : Role::kControlled);
  return true;
}

void Session::learn(TimePoint now, const EarlyCheck& check) {
  if (retired_ || silent_) return;
  CandidatePair* pair = checklist_.pairForCheck(check.route, check.priority);
  if (!pair) return;
  pair->peerChecked = true;
  ++pair->traffic.requestsReceived;
  ++pair->traffic.responsesSent;
  if (nominated_ && pair != selected_ && !check.useCandidate && consent_ && !leavesRelayFor(*pair)) {
    // A peer that looks elsewhere has lost what we have in use, or fears so: ask now, and wait for less long.
    consent_->alert(now,
                    mayMove_ ? config_.disconnectedWhenMoving + selected_->rtt * 2 : config_.disconnectedWhenAlerted);
  }
  if (config_.lite) {
    // RFC 8445 §7.3.2: what the peer names works; that is all there is to know.
    if (pair == selected_) lastHeard_ = now;
    if (!check.useCandidate || !takeNomination(check, *pair)) return;
    pair->valid = true;
    pair->state = CandidatePair::State::kSucceeded;
    pair->lastAnswer = pair->nominatedAt = lastHeard_ = now;
    return acceptNomination(*pair);
  }
  if (check.useCandidate && setup_.role == Role::kControlled && takeNomination(check, *pair)) {
    // RFC 8445 §7.3.1.5
    pair->nominatedAt = now;
    if (pair->valid) {
      acceptNomination(*pair);
    } else {
      pair->nominateOnSuccess = true;
    }
  }
  trigger(now, *pair);
}

// RFC 8445 §7.3.1.4. Differs from it where a check is in progress already: that one is repeated at once, but only once
// an RTO, so that nobody can make us flood an address.
void Session::trigger(TimePoint now, CandidatePair& pair) {
  if (pair.valid || now < pair.nextTrigger) return;
  pair.nextTrigger = now + config_.checkRto;
  if (pair.state != CandidatePair::State::kInProgress) pair.state = CandidatePair::State::kWaiting;
  checklist_.pushTriggered(pair);
}

bool Session::receiveAnswer(TimePoint now, const Route& route, const stun::Message& answer) {
  CandidatePair* pair = checklist_.findBySent(answer.transactionId());
  if (!pair) return false;
  if (!remoteKey_ || answer.checkIntegrity(*remoteKey_) != stun::IntegrityCheck::kValid) {
    // The check goes on as if nothing had come: anybody could have sent this.
    pair->history.forged = true;
    ++stats_.unauthenticated;
    return true;
  }
  if (dead_ || silent_) return true;
  ++stats_.responsesReceived;
  SentCheck* const slot = pair->find(answer.transactionId());
  const SentCheck sent = *slot;
  slot->at = TimePoint::never();

  if (answer.messageClass() == stun::Class::kError) {
    const auto error = answer.errorCode();
    pair->history.refusal = error ? error->number : 0;
    log(*pair, [&] { return "refused with " + std::to_string(pair->history.refusal); });
    if (isPassing(pair->history.refusal) && !sent.consent) {
      slot->at = sent.at;  // the check goes on
      return true;
    }
    refused(*pair, sent, pair->history.refusal);
    if (!sent.consent && pair->state == CandidatePair::State::kFailed) reselect();
    return true;
  }
  const auto mapped = answer.mappedAddress();
  // RFC 8445 §7.2.5.2.1: the answer must come back the way that the check went.
  if (!mapped || route != pair->route()) {
    pair->history.elsewhere = route;
    if (!sent.consent) fail(*pair);
    return true;
  }
  if (cargo_) cargo_->read(answer, sent.carried);
  ++pair->history.answers;
  pair->lastAnswer = now;
  // RFC 8489 §6.2.1, Karn's rule: an answer to a check that was repeated may be to either. One whose check another one has
  // replaced since is known by its transaction.
  if (!sent.repeated) {
    pair->rtt = now - sent.at;
    pair->measured = true;
    pair->traffic.roundTripSum += pair->rtt;
  }
  if (sent.consent) {
    if (pair == selected_ && consent_) consent_->onAnswer(now, sent.at);
  } else {
    log(*pair, [&] { return "answered, and sees us as " + mapped->toString(); });
    succeed(now, *pair, sent, *mapped);
  }
  return true;
}

// RFC 8445 §7.2.5.3
void Session::succeed(TimePoint now, CandidatePair& pair, const SentCheck& sent, const SocketAddress& mapped) {
  const bool nominationUnderWay = pair.nominating && !sent.nominating;
  if (!nominationUnderWay) {
    pair.check.reset();
    pair.state = CandidatePair::State::kSucceeded;
  }
  pair.valid = true;
  pair.mapped = mapped;
  checklist_.thaw(pair);
  if (firstValidAt_.isNever()) firstValidAt_ = now;
  if (&pair == selected_ && consent_) consent_->onAnswer(now, sent.at);
  if (sent.nominating && setup_.role == Role::kControlling) nominate(pair);
  if (std::exchange(pair.nominateOnSuccess, false) && setup_.role == Role::kControlled) acceptNomination(pair);
  reselect();
}

// RFC 8445 §7.2.5.1 (487) and §7.2.5.2.2 (all others)
void Session::refused(CandidatePair& pair, const SentCheck& sent, uint16_t error) {
  if (error == static_cast<uint16_t>(ErrorNumber::kRoleConflict)) {
    if (sent.role == setup_.role && !setup_.remoteLite) {
      ++stats_.roleConflicts;
      switchRole(sent.role == Role::kControlling ? Role::kControlled : Role::kControlling);
      // RFC 8445 §7.2.5.1, §16.1: with a new tie-breaker, or two that drew the same one would refuse each other for ever.
      setup_.tieBreaker = random_.u64();
    }
    if (sent.consent) return;
    pair.check.reset();
    pair.state = CandidatePair::State::kWaiting;
    checklist_.pushTriggered(pair);
    return;
  }
  if (sent.consent) return;
  pair.check.reset();
  pair.nominating = false;
  pair.valid = false;
  pair.state = CandidatePair::State::kFailed;
}

}  // namespace tincan::inline v0::ice

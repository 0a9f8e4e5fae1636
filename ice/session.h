#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/random.h"
#include "ice/check_cargo.h"
#include "ice/checklist.h"
#include "ice/consent.h"
#include "ice/credentials.h"
#include "ice/early_checks.h"
#include "ice/gatherer.h"
#include "ice/outbox.h"
#include "ice/pair_report.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

/// One generation of ICE: two pairs of credentials, the checklist between them, the pair that was selected and its
/// consent (RFC 8445 §6 to §8, RFC 7675). Owned by the Agent, which makes a new one for a restart.
///
/// A lite session (RFC 8445 §2.5) answers checks and sends none; it takes the peer's for a sign of life.
///
/// Invariants: nothing is sent to the peer before its credentials are known, answers to its checks aside; data may go
/// only while `canSend`; once consent has expired the session stays silent for good.
class Session {
 public:
  struct Setup {
    Role role = Role::kControlling;
    bool remoteLite = false;
    bool renomination = false;  ///< both sides have it
    uint64_t tieBreaker = 0;
    Credentials local;
  };

  Session(const AgentConfig& config, Setup setup, RandomSource& random, PacketPool& pool, Stats& stats);

  const Credentials& localCredentials() const { return setup_.local; }
  Role role() const { return setup_.role; }
  void setRole(Role role);
  void setRemoteLite(bool lite);
  void setRenomination(bool agreed) { setup_.renomination = agreed; }
  /// The next pair that the peer names is taken, however good it is and however soon it comes.
  void expectMove() { mayMove_ = true; }
  void setRemoteCredentials(TimePoint now, const Credentials& remote);
  /// What rides on the checks of this generation; null once it is not the one in force.
  void setCargo(CheckCargo* cargo) { cargo_ = cargo; }
  bool hasRemoteCredentials() const { return remoteKey_.has_value(); }
  const Credentials& remoteCredentials() const { return remote_; }
  void addLocal(const LocalCandidate& candidate);
  /// Waits for the credentials when they are not there yet, within the limit for candidates.
  void addRemote(const Candidate& candidate);

  /// A Binding request whose USERNAME names this session; answers it, and may trigger a check of ours.
  void receiveRequest(TimePoint now, const Route& route, const stun::Message& request);
  /// True when the answer is to a check of ours, whatever came of it.
  bool receiveAnswer(TimePoint now, const Route& route, const stun::Message& answer);
  /// Does what is due: consent, retransmissions, nomination, triggered checks, ordinary checks.
  void run(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);

  /// The stream of one path was closed.
  void losePath(TimePoint now, const Route& route);
  /// A socket, and every candidate on it, went with its interface.
  void removeBase(TimePoint now, const SocketAddress& base);

  /// After a restart: asks for consent and answers checks, starts nothing new.
  void retire() {
    retired_ = true;
    cargo_ = nullptr;
  }
  /// Not even that: only answers.
  void silence();

  /// Data that came this way belongs to the peer.
  bool accepts(const Route& route) const { return carrier(route) != nullptr; }
  /// The pair that it came over; nullptr where it does not belong to the peer.
  CandidatePair* carrier(const Route& route) const;
  /// Data leaves over the selected pair.
  void countSent(TimePoint now, size_t size);
  /// An authenticated check came this way, of an agent whose credentials are not known yet.
  bool wasCheckedEarly(const Route& route) const { return early_.cameOver(route); }
  /// From one session to the next under the same credentials of ours; before the remote ones.
  EarlyChecks takeEarlyChecks() { return std::exchange(early_, {}); }
  void putEarlyChecks(EarlyChecks checks) { early_ = std::move(checks); }
  bool canSend() const { return selected_ != nullptr && !dead_; }
  bool consentHolds(TimePoint now) const {
    if (config_.lite) return now < lastHeard_ + config_.consentTimeout;
    return !consent_ || consent_->state(now) != Consent::State::kExpired;
  }
  bool doubtful() const { return doubtful_; }
  bool dead() const { return dead_; }
  bool nominated() const { return nominated_ != nullptr; }
  const CandidatePair* selected() const { return selected_; }
  const std::vector<LocalCandidate>& locals() const { return locals_; }
  PairInfo info(const CandidatePair& pair) const;
  State state(TimePoint now, bool gatheringDone, bool remoteDone) const;
  const Checklist& checklist() const { return checklist_; }

 private:
  struct Answer {
    Route route;
    stun::TransactionId id;
  };

  // What comes in (session_receive.cc).
  void answer(const Answer& to);
  void writeAnswer(const Answer& to);
  bool resolveConflict(const Route& route, const stun::Message& request);
  void learn(TimePoint now, const EarlyCheck& check);
  void trigger(TimePoint now, CandidatePair& pair);
  void succeed(TimePoint now, CandidatePair& pair, const SentCheck& sent, const SocketAddress& mapped);
  void refused(CandidatePair& pair, const SentCheck& sent, uint16_t error);
  template <class Write>
  void respond(const Route& route, Write&& write);

  // Which pair is named (session_nomination.cc).
  void maybeNominate(TimePoint now);
  CandidatePair* nominee() const;
  bool betterPending(const CandidatePair& pair) const;
  bool mayNominate() const;
  bool leavesRelayFor(const CandidatePair& pair) const;
  TimePoint nominationTime() const;
  bool takeNomination(const EarlyCheck& check, CandidatePair& pair);
  void acceptNomination(CandidatePair& pair);
  void nominate(CandidatePair& pair);
  void pauseOthers();

  // What goes out (session.cc).
  void checkConsent(TimePoint now);
  void checkLife(TimePoint now);
  void enterDoubt();
  void leaveDoubt();
  void expire();
  void retransmit(TimePoint now);
  bool isWanted(const CandidatePair& pair) const;
  void sendTriggered(TimePoint now);
  void sendOrdinary(TimePoint now);
  CandidatePair* ordinary() const;
  void startCheck(TimePoint now, CandidatePair& pair);
  void sendCheck(TimePoint now, CandidatePair& pair, SentCheck& sent);
  void sendConsent(TimePoint now);
  void fail(CandidatePair& pair);
  void lose(TimePoint now, const std::function<bool(const CandidatePair&)>& gone);
  void switchRole(Role role);
  void reselect();
  template <class MakeText>
  void log(const CandidatePair& pair, MakeText&& what) const {
    config_.log.write(LogLevel::kDebug, "ice", [&] { return describePair(checklist_, pair) + ": " + what(); });
  }
  TimePoint burstTime() const;

  const AgentConfig& config_;
  Setup setup_;
  RandomSource& random_;
  Stats& stats_;
  Outbox outbox_;
  stun::IntegrityKey localKey_;
  Credentials remote_;
  std::optional<stun::IntegrityKey> remoteKey_;
  std::string username_;  ///< of our checks: theirs ":" ours
  Checklist checklist_;
  std::vector<LocalCandidate> locals_;
  std::vector<Candidate> waiting_;  ///< remote candidates before the credentials
  EarlyChecks early_;
  std::vector<Answer> answers_;  ///< of success, that wait to be polled
  CandidatePair* nominated_ = nullptr;
  CandidatePair* selected_ = nullptr;
  std::optional<Consent> consent_;
  uint32_t nomination_ = 0;  ///< the last one sent, or taken
  TimePoint lastHeard_;      ///< lite: the peer's last check on the selected pair
  CheckCargo* cargo_ = nullptr;
  bool doubtful_ = false;
  bool mayMove_ = false;      ///< the peer, to another agent of its own with the credentials of this session
  bool wasSelected_ = false;  ///< and the pair is gone
  bool dead_ = false;
  bool retired_ = false;
  bool silent_ = false;
  TimePoint startedAt_ = TimePoint::never();
  TimePoint firstValidAt_ = TimePoint::never();
  TimePoint nextOrdinary_;
  TimePoint burst_;  ///< when the allowance of triggered checks is whole again
  TimePoint lastRun_;
};

}  // namespace tincan::inline v0::ice

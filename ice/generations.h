#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "ice/candidate_pair.h"
#include "ice/pair_stats.h"
#include "ice/session.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

/// The session of the credentials in force; the one before while that still carries data (RFC 8445 §9, RFC 8839 §4.4.3):
/// after a restart, or when another agent has answered; and the one that a restart has offered, until that is answered
/// or taken back (RFC 9429 §4.1.10.2). Owned by the agent.
///
///     offer ──> beside the one in force, which goes on as it was
///       ├─ takeBack ──> gone
///       └─ accept ──> begin
///     begin ──> the one in force becomes the one before, if it can send
///     the new one can send ──> the one before falls silent, and is heard for 5 s more
class Generations {
 public:
  void begin(std::unique_ptr<Session> session);
  void offer(std::unique_ptr<Session> session) { offered_ = std::move(session); }
  /// False where none is offered.
  bool accept();
  /// What was offered; null where nothing was.
  std::unique_ptr<Session> takeBack() { return std::move(offered_); }
  void forgetPrevious() { previous_.reset(); }
  /// In force.
  Session& current() { return *current_; }
  const Session& current() const { return *current_; }
  /// What was offered, else what is in force.
  Session& newest() { return offered_ ? *offered_ : *current_; }
  const Session& newest() const { return offered_ ? *offered_ : *current_; }

  /// Whose pair carries data; null: none does.
  Session* carriesData() const;
  /// The one that a check is for, by our ufrag. Where both have that, theirs says which of their agents it is.
  Session* of(const stun::Message& check) const;
  /// The pair that data on this route belongs to; null: none.
  CandidatePair* carrier(const Route& route) const;
  bool accepts(const Route& route) const { return carrier(route) != nullptr; }
  bool receiveAnswer(TimePoint now, const Route& route, const stun::Message& answer);
  void losePath(TimePoint now, const Route& route);
  void removeBase(TimePoint now, const SocketAddress& base);
  /// Two of our names, by which the peer's checks are known; empty where there is none.
  std::array<std::string_view, 2> ufrags() const;

  /// Of the newest, and the pair that still carries data of one before.
  std::vector<PairStats> pairStats() const;

  void run(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  void close();

  /// Our candidates that the session in force was given while another one is offered: nobody knows them under its name.
  std::vector<LocalCandidate> untold;

 private:
  template <class Do>
  void each(Do&& what) const {
    for (const auto* session : {&offered_, &current_, &previous_})
      if (*session) what(**session);
  }

  std::unique_ptr<Session> offered_;
  std::unique_ptr<Session> current_;
  std::unique_ptr<Session> previous_;
  TimePoint overlapEnds_ = TimePoint::never();
};

}  // namespace tincan::inline v0::ice

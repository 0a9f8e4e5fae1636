#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "base/random.h"
#include "ice/arrivals.h"
#include "ice/candidate.h"
#include "ice/check_cargo.h"
#include "ice/config.h"
#include "ice/credentials.h"
#include "ice/events.h"
#include "ice/pair_stats.h"
#include "ice/refusals.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

class Gatherer;
struct LocalCandidate;
class Generations;
class RemoteCandidates;
class Session;
class TcpStreams;
class ToldCandidates;

/// An ICE agent for one component (RFC 8445, 8838, 7675): gathers candidates, checks pairs, selects one, keeps consent.
/// Owned by the transport above it. One Session is one generation of credentials; a restart makes a new one and keeps
/// the old one, with its pair and its consent, until the new one has a pair of its own.
class Agent {
 public:
  Agent(AgentConfig config, RandomSource& random, PacketPool& pool);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  const Credentials& localCredentials() const;
  Role role() const;
  void setRole(Role role);
  void setRemoteLite(bool lite);
  /// The peer's description has the ice-option "renomination".
  void setRemoteRenomination(bool has);

  /// Servers and policy of the next gathering, which a restart begins.
  void configure(const std::vector<ServerUrl>& servers, bool relayOnly);
  /// Asks for sockets through pollIoRequest, then goes through the STUN servers.
  void gather(TimePoint now);
  /// Checks start once both sides are known; checks that came earlier were answered and are triggered now. DTLS that
  /// came over the same routes is given out now, by pollReceived.
  /// The credentials of the running generation may be set again. Others are of another agent that took the same
  /// description of ours: the final answer need not come from where a provisional one came (RFC 9429 §4.1.10.1). What was
  /// gathered pairs anew with its candidates, and data goes on over the pair before until there is one.
  void setRemoteCredentials(TimePoint now, Credentials remote);
  /// Whether these would be of another agent than the one that checks run with.
  bool isOtherRemote(const Credentials& remote) const;
  /// Whom the generation before belongs to is gone: nothing more goes there.
  void forgetPrevious();
  /// The peer may go on with another agent of its own and the same credentials (a browser whose BUNDLE-tagged section
  /// stops does): the pair that it names next counts, though it be worse than the one in use.
  void expectMove();
  /// What rides on the checks of the generation in force.
  CheckCargo& cargo() { return cargo_; }
  const CheckCargo& cargo() const { return cargo_; }
  /// What had come with checks was taken.
  void resume(TimePoint now) { update(now); }
  /// Before or after the credentials; mDNS names are resolved by the agent. While a restart waits for its answer, those
  /// that name no other ufrag than the one in force are of the generation in force; names that are being looked up then, and
  /// the end of candidates, are of that, and forgotten with it.
  void addRemoteCandidate(TimePoint now, const Candidate& candidate);
  void endOfRemoteCandidates(TimePoint now);
  /// New local credentials, back to gathering; data goes on over the old pair until the new generation has one. The
  /// generation in force goes on, too, until setRemoteCredentials() says that the restart was answered.
  void restart(TimePoint now, Credentials local);
  /// A restart that nobody has answered is taken back: what was gathered for it is of use for the generation in force.
  void takeBackRestart(TimePoint now);
  void restart(TimePoint now) { restart(now, Credentials::generate(random_)); }
  void close();

  /// Takes STUN and mDNS for itself. Anything else that came over a pair is given back; the rest is dropped and
  /// counted. What came over a stream may hold several packets: pollReceived gives those after the first, and those that
  /// were kept for the peer's credentials.
  PacketBuffer receive(TimePoint now, const Route& route, PacketBuffer packet);
  bool pollReceived(PacketBuffer& out);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, Transmit& out);
  bool pollIoRequest(IoRequest& out);
  void handleIoResult(TimePoint now, const IoResult& result);
  std::optional<Event> pollEvent();

  /// Puts the route of the selected pair on a packet; false (and counted) when there is none or its consent is gone.
  bool send(TimePoint now, PacketBuffer packet, Transmit& out);

  /// Of this generation, and of the one before while that still carries data.
  std::array<std::string_view, 2> ufrags() const;

  State state() const { return state_; }
  GatheringState gatheringState() const { return gatheringState_; }
  std::optional<PairInfo> selectedPair() const;
  /// Of the selected pair, by the newest answer that tells it; nullopt while none has.
  std::optional<Duration> roundTripTime() const;
  /// There is one, and data may go.
  bool hasPair() const;
  const Stats& stats() const { return stats_; }
  /// Of this generation, in the order of their priority, and of the pair that still carries data from the one before.
  std::vector<PairStats> pairStats() const;
  /// Of this generation, with the server that each came from.
  std::vector<CandidateGathered> localCandidates() const;
  /// Peer-reflexive ones included.
  std::vector<Candidate> remoteCandidates() const;
  /// One line for each pair of this generation, and what it answered (ice/pair_report.h).
  std::vector<std::string> pairReport() const;
  /// The remote candidates that were passed over, and why; the first few.
  const std::vector<std::string>& candidateNotes() const;

 private:
  void beginSession(Role role, Credentials local);
  Session& session();
  const Session& session() const;
  std::unique_ptr<Session> makeSession(Role role, Credentials local);
  void acceptRestart();
  void followRemote();
  void applyRemotes(TimePoint now);
  void applyGathered(TimePoint now);
  void addLocal(TimePoint now, LocalCandidate local, bool tell);
  void tell(TimePoint now, LocalCandidate local);
  void applyLost(TimePoint now);
  PacketBuffer receivePacket(TimePoint now, const Route& route, PacketBuffer packet);
  void receiveStun(TimePoint now, const Route& route, ByteView packet);
  void receiveRequest(TimePoint now, const Route& route, const stun::Message& request);
  void update(TimePoint now);
  void askRelay(TimePoint now, const Session* session);
  State currentState(TimePoint now);
  void setState(State state);
  void logFailure() const;
  void setGatheringState(GatheringState state);

  AgentConfig config_;
  RandomSource& random_;
  PacketPool& pool_;
  Stats stats_;
  uint64_t tieBreaker_;
  CheckCargo cargo_;
  bool remoteLite_ = false;
  bool renomination_ = false;
  bool restarted_ = false;        ///< and the new generation has no pair yet
  bool restartedBefore_ = false;  ///< the same, of the generation in force beside one that is offered
  bool doubted_ = false;          ///< the selected pair was in doubt, and its relay has been asked
  std::unique_ptr<Gatherer> gatherer_;
  std::unique_ptr<RemoteCandidates> remotes_;
  std::unique_ptr<ToldCandidates> told_;
  std::unique_ptr<TcpStreams> tcp_;
  std::unique_ptr<Generations> generations_;
  State state_ = State::kNew;
  GatheringState gatheringState_ = GatheringState::kNew;
  std::optional<Route> announcedRoute_;
  Refusals refusals_;
  Arrivals arrivals_;
  Queue<Event> events_;
};

}  // namespace tincan::inline v0::ice

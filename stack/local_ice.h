#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "ice/credentials.h"
#include "ice/events.h"
#include "stack/configuration.h"

namespace tincan::inline v0::stack {

/// Our ICE credentials, which all transports of a connection share (RFC 8839 §5.4), and what restartIce() wants replaced
/// (W3C webrtc-pc §4.4.2). Owned by PeerConnection.
class LocalCredentials {
 public:
  explicit LocalCredentials(ice::Credentials credentials) : credentials_(std::move(credentials)) {}

  /// Of a description that begins nothing new.
  const ice::Credentials& credentials() const { return credentials_; }
  /// Of one that restarts ICE: the same ones until such a description is set.
  const ice::Credentials& fresh(RandomSource& random);
  /// A local description with these has been set.
  void begin(const ice::Credentials& described);
  /// It is taken back, and no answer to it was there: these are in force (RFC 9429 §4.1.10.2, §5.3.1).
  void takeBack(const ice::Credentials& inForce);

  // ---- [[LocalIceCredentialsToReplace]] ----
  /// `described`: the ufrags of the local descriptions, pending and current.
  void replace(std::vector<std::string> described) { toReplace_ = std::move(described); }
  bool restartWanted() const { return !toReplace_.empty(); }
  /// RFC 9429 §5.2.2: with other servers, or another policy, the next offer restarts ICE; nobody is told that one is due.
  void outdate() { outdated_ = true; }
  bool outdated() const { return outdated_; }
  /// A round is over, whose local description has these ufrags: none where it has no section that lives.
  void settle(const std::vector<std::string>& described);

 private:
  ice::Credentials credentials_;
  std::optional<ice::Credentials> fresh_;
  std::vector<std::string> toReplace_;
  bool outdated_ = false;
  bool wasOutdated_ = false;  // before the description that waits for its answer
};

/// One transport's half of ICE as descriptions and pages see it: what was gathered under its credentials, and what of it has been
/// told (W3C webrtc-pc §4.4.1.5, §5.6.2). Owned by PeerConnection, which asks the agent for what this class says is due.
///
/// Nothing is told while no local description has a section that lives: what the agent finds then is kept (the W3C's
/// candidate pool), and told, gathering state and all, once one does.
///
///     new ── a description with a section ──► gathering ──► complete ── restart ──► gathering …
///      ▲                                          │            │
///      └──── rolled back, or nothing lives ───────┴────────────┘
class LocalIce {
 public:
  struct CandidateFound {
    std::string candidate;  ///< "candidate:…"; empty: this generation has no more (W3C §4.8.1.3)
    std::string ufrag;
  };
  struct GatheringChanged {
    RTCIceGatheringState state;
  };
  using News = std::variant<CandidateFound, GatheringChanged, RTCPeerConnectionIceErrorEvent>;

  explicit LocalIce(ice::Credentials credentials) : credentials_(std::move(credentials)) {}

  const ice::Credentials& credentials() const { return credentials_; }
  /// A local description with these has been set. True when they begin a generation, and the agent has to restart.
  bool begin(const ice::Credentials& described);
  /// Likewise taken back. True when the agent has to, too.
  bool takeBack(const ice::Credentials& inForce);
  /// There is an answer: no way back.
  void settle() { inForce_.reset(); }
  /// The agent has restarted.
  std::vector<News> restarted();
  /// True once a generation: the agent has to be asked to gather.
  bool askToGather();

  // ---- gathering ----
  std::vector<News> handle(const ice::Event& event);
  /// Whether a local description has a section that lives.
  std::vector<News> setLive(bool live);
  /// What a page sees of the agent, once the news have been told.
  RTCIceGatheringState gathering() const { return live_ ? gathering_ : RTCIceGatheringState::kNew; }
  /// All candidates of the generation are there: descriptions say that, too.
  bool over() const { return live_ && !starting_ && gathering_ == RTCIceGatheringState::kComplete; }
  /// Lines without "candidate:", as descriptions list them.
  const std::vector<std::string>& candidates() const { return candidates_; }

 private:
  void tellOver(std::vector<News>& out) const;

  struct Generation {
    ice::Credentials credentials;
    std::vector<std::string> candidates;
  };
  ice::Credentials credentials_;
  std::vector<std::string> candidates_;  // of the generation
  std::optional<Generation> inForce_;    // while another one is offered
  std::vector<News> errors_;             // that nobody was told of yet
  RTCIceGatheringState gathering_ = RTCIceGatheringState::kNew;
  bool asked_ = false;     // the agent, to gather
  bool starting_ = false;  // a generation has begun, and the agent does not know of it yet
  bool live_ = false;
};

}  // namespace tincan::inline v0::stack

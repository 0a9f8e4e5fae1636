#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/log.h"
#include "base/time.h"
#include "ice/credentials.h"
#include "ice/events.h"
#include "ice/server_url.h"
#include "stun/turn_client.h"

namespace tincan::inline v0::ice {

/// RFC 6544. With kActive connections are made to the peer's passive candidates, and nothing is said of it: the peer
/// learns of ours by the checks. With kAll active candidates are told and a socket listens on every address, so that a
/// browser whose firewall lets no UDP out can come in.
enum class TcpCandidates : uint8_t { kOff, kActive, kAll };

/// A NAT that maps one of our addresses to one outside, port for port, as clouds do.
struct NatMapping {
  IpAddress local;
  IpAddress external;
  /// Told as a server-reflexive candidate beside the host candidate; else in its place.
  bool reflexive = false;
};

struct AgentConfig {
  Role role = Role::kControlling;
  /// Which component of its data stream the agent is for (RFC 8445 §13): 1, or 2 for RTCP that is not multiplexed.
  uint8_t component = 1;
  std::vector<ServerUrl> servers;
  std::vector<bool> retired{};  ///< servers that are no longer gathered from, by their place, which they keep
  bool relayOnly = false;       ///< iceTransportPolicy "relay": only relayed candidates are used and told
  TcpCandidates tcp = TcpCandidates::kActive;
  /// RFC 8445 §2.5: host candidates alone, no checks of our own, always controlled. For a server with a public address.
  bool lite = false;
  /// Of the first generation, where a description has told them already.
  std::optional<Credentials> credentials{};
  /// A controlling agent may name another pair later (ice-option "renomination"), and does when a better one works;
  /// used when the peer has it, too.
  bool renomination = false;
  /// Host candidates are told under a `.local` name of their own, which we answer for on the local network: the peer
  /// learns no private address (draft-ietf-mmusic-mdns-ice-candidates).
  bool mdnsNames = false;
  /// The application's own filter of the peer's candidates, after ours: false passes one over.
  std::function<bool(const Candidate&)> acceptRemote{};
  Log log{};  ///< as component "ice"
  std::vector<NatMapping> natMappings;
  std::vector<IpAddress> addresses;  ///< local addresses to use; empty: those of every usable interface

  /// RFC 8445 §14.2: Ta between two ordinary checks, 50 ms by default.
  Duration pacing = Duration::millis(50);
  /// RFC 8445 §14.2: no two transactions closer than 5 ms. Triggered and nominating checks use it, after a small burst.
  Duration minimumPacing = Duration::millis(5);
  /// RFC 8445 §14.3: RTO of a check.
  Duration checkRto = Duration::millis(500);
  /// Differs from RFC 8489 §6.2.1 (doubling without an end): past 1 s a check is retried at that rate, so that a lossy
  /// path still connects within half a minute. Many pairs are slower by themselves: the RTO grows with their number.
  Duration maximumRto = Duration::seconds(1);
  /// A check that was not answered for this long has failed; no agent gives up before (the PAC timer of RFC 8863 §4).
  Duration checkTimeout = Duration::seconds(30);
  /// How long the controlling agent waits, after the first pair that works, for a better one that is still in question.
  Duration nominationDelay = Duration::millis(100);
  /// RFC 7675 §5.1: consent is asked for every 5 s, times 0.8 to 1.2, and lasts 30 s.
  Duration consentInterval = Duration::seconds(5);
  Duration consentTimeout = Duration::seconds(30);
  /// Asked this often while answers are missing; after `disconnectedAfter` of that the state is kDisconnected.
  Duration consentRetry = Duration::millis(500);
  Duration disconnectedAfter = Duration::seconds(5);
  /// The same when the peer has begun to check other pairs: it may have lost this one.
  Duration disconnectedWhenAlerted = Duration::seconds(2);
  /// The same when its description has let us expect that (`Session::expectMove`), beside two round trips of this pair.
  Duration disconnectedWhenMoving = Duration::millis(200);
  /// A STUN server that has not answered for this long gives a CandidateError.
  Duration serverTimeout = Duration::millis(9500);
  /// RFC 8445 §11: Tr, keepalive towards STUN servers while the candidates may still be needed.
  Duration serverKeepalive = Duration::seconds(15);

  size_t maxRemoteCandidates = 64;
  size_t maxPairs = 100;
  size_t maxPeerReflexive = 16;
  size_t maxMdnsLookups = 8;
  size_t maxTcpStreams = 32;  ///< connections at once, ours and the peer's
};

/// As an agent can have it: a lite one has no servers, opens no streams and never controls.
AgentConfig usable(AgentConfig config);
/// The servers and the policy of the next gathering. A server keeps its place, by which its relays are known.
void setServers(AgentConfig& config, const std::vector<ServerUrl>& servers, bool relayOnly);

/// Counters: what happened, and what was dropped and why.
struct Stats {
  uint64_t packetsSent = 0, bytesSent = 0, packetsReceived = 0, bytesReceived = 0;  ///< data, not STUN
  uint64_t checksSent = 0, checksReceived = 0, responsesSent = 0, responsesReceived = 0, consentChecksSent = 0;
  uint64_t sendsRefused = 0;       ///< send() without a pair, or without consent
  uint64_t malformed = 0;          ///< STUN that does not parse, or that we do not speak
  uint64_t unauthenticated = 0;    ///< checks and answers without the right MAC or username
  uint64_t unmatched = 0;          ///< answers to no question of ours
  uint64_t strayData = 0;          ///< data that came over no pair, or early and one packet too many
  uint64_t earlyData = 0;          ///< data that came before the peer's credentials, and was kept for them
  uint64_t candidatesRefused = 0;  ///< remote candidates past the limit, or of no use
  uint64_t peerReflexiveRefused = 0;
  uint64_t pairsEvicted = 0;
  uint64_t mdnsQueriesSent = 0, mdnsIgnored = 0, mdnsAnswersSent = 0;
  uint64_t transmitsDropped = 0;  ///< our own packets, for want of buffers
  uint64_t roleConflicts = 0;
  uint64_t selectedPairChanges = 0;  ///< the first one included
  uint64_t streamsRefused = 0;       ///< TCP connections that nobody proved to be the peer's, or one too many
  stun::TurnStats turn;
  uint64_t framesSkipped = 0;  ///< packets in a stream, longer than a packet buffer
};

}  // namespace tincan::inline v0::ice

#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/packet_buffer.h"
#include "base/queue.h"
#include "base/random.h"
#include "base/time.h"
#include "stun/long_term_auth.h"
#include "stun/message.h"
#include "stun/transaction.h"
#include "stun/turn_data.h"

namespace tincan::inline v0::stun {

struct TurnConfig {
  enum class Family : uint8_t { kIpv4, kIpv6, kBoth };

  std::string username, credential;
  bool stream = false;                        ///< TCP or TLS: nothing is sent again, ChannelData is padded
  Family family = Family::kIpv4;              ///< of the relayed address; kBoth is content with IPv4 alone
  Duration timeout = Duration::millis(9500);  ///< of one request
};

/// Counters: what came from the server's address and was dropped, and what could not be sent.
struct TurnStats {
  uint64_t malformed = 0;        ///< neither STUN nor ChannelData, or none that makes sense
  uint64_t unauthenticated = 0;  ///< answers without the right MAC
  uint64_t unmatched = 0;        ///< answers to no question of ours
  uint64_t unknownChannel = 0;   ///< ChannelData on a channel that we did not bind
  uint64_t noPermission = 0;     ///< Data indications from a peer that we did not permit
  uint64_t sendsDropped = 0;     ///< data for a peer that is refused, or for want of room
};

/// A TURN client for one connection to one server (RFC 8656): allocates, keeps the allocation, its permissions and
/// channels alive, wraps what goes to peers and unwraps what comes from them. Owned by ice::Relay, which knows the
/// route to the server.
///
/// Invariants: nothing goes to a peer before the server has granted the permission (a few packets wait for it); data is
/// taken only from a channel that is bound, or from an address that is permitted; at most 3 stale nonces a request, 64
/// permissions, 16 channels.
class TurnClient {
 public:
  /// In the order of a good life; the last three are ends.
  enum class State : uint8_t { kIdle, kAllocating, kAllocated, kRedirected, kFailed, kClosed };
  /// Why it ended in kFailed or kRedirected: the server's code, or 701 when it did not answer (W3C webrtc-pc §4.8.2).
  struct Failure {
    uint16_t code = 0;
    std::string reason;
    bool lost = false;  ///< there was an allocation, and the server has it no more: another may be asked for
  };
  /// What is known of the allocation since the last `probe`.
  enum class Standing : uint8_t { kSure, kAsked, kSilent };

  TurnClient(TurnConfig config, RandomSource& random, PacketPool& pool, TurnStats& stats);

  void start(TimePoint now);
  /// RFC 8656 §8: gives the allocation back (a Refresh with lifetime 0, sent once).
  void close();

  /// A datagram, or a message out of the stream. With data of a peer's: true, the packet is that data, `peer` its
  /// source.
  [[nodiscard]] bool receive(TimePoint now, PacketBuffer& packet, SocketAddress& peer);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  /// Bytes for the server.
  bool pollTransmit(PacketBuffer& out);
  /// Asks the server now whether the allocation is still there, by a Refresh; `standing` has what came of it.
  void probe(TimePoint now);

  /// RFC 8656 §9: lets the peer's address in. Idempotent; refreshed until the end.
  void permit(TimePoint now, const IpAddress& peer);
  /// RFC 8656 §12: four bytes a packet instead of 36. Idempotent; refreshed until the end.
  void bind(TimePoint now, const SocketAddress& peer);
  /// Makes of data for a peer what the server must get. False: held back until the permission is there, or dropped.
  [[nodiscard]] bool wrap(TimePoint now, const SocketAddress& peer, PacketBuffer& packet);

  State state() const { return state_; }
  Standing standing() const { return standing_; }
  /// The relayed addresses: one, or one of each family.
  const std::vector<SocketAddress>& relayed() const { return relayed_; }
  /// Where the server sees us.
  const std::optional<SocketAddress>& mapped() const { return mapped_; }
  /// Of the Allocate request that was granted, from its first sending.
  Duration roundTrip() const { return roundTrip_; }
  const Failure& failure() const { return failure_; }
  const std::optional<SocketAddress>& alternate() const { return alternate_; }  ///< in kRedirected
  const std::string& alternateDomain() const { return alternateDomain_; }

 private:
  struct Request {
    Method method = Method::kAllocate;
    Transaction transaction;
    SocketAddress peer;
    uint16_t channel = 0;
    uint32_t lifetime = 0;
    uint32_t staleNonces = 0;
    bool isSigned = false;
  };
  struct Permission {
    IpAddress peer;
    bool asking = false;
    bool refused = false;  ///< for good
    TimePoint expires;     ///< granted while later than now
    TimePoint refresh = TimePoint::never();
    std::vector<std::pair<SocketAddress, PacketBuffer>> waiting;
  };
  struct Channel {
    uint16_t number = 0;
    SocketAddress peer;
    TimePoint expires;
    TimePoint refresh = TimePoint::never();
  };

  void transition(State next);
  void fail(uint16_t code, std::string reason);
  void lose(uint16_t code, std::string reason);
  void request(TimePoint now, Request what);
  void allocate(TimePoint now);
  void refresh(TimePoint now);
  void send(Request& request);
  void writeBody(MessageWriter& writer, const Request& request) const;

  void receiveAnswer(TimePoint now, const Message& answer);
  void succeeded(TimePoint now, const Request& request, const Message& answer);
  void allocated(TimePoint now, const Message& answer);
  void refreshed(TimePoint now, uint32_t lifetime);
  void permitted(TimePoint now, const IpAddress& peer);
  void bound(TimePoint now, const Request& request);
  /// True when the request goes on by itself: new credentials, another family, …
  bool retried(TimePoint now, const Request& request, uint16_t error, const Message& answer);
  void refused(TimePoint now, const Request& request, uint16_t code, std::string reason);
  void redirected(const Message& answer);
  bool dataIndication(TimePoint now, const Message& message, PacketBuffer& packet, SocketAddress& peer);

  Permission* findPermission(const IpAddress& peer);
  Channel* findChannel(const SocketAddress& peer);
  bool wrapNow(TimePoint now, const SocketAddress& peer, PacketBuffer& packet);

  const TurnConfig config_;
  RandomSource& random_;
  PacketPool& pool_;
  TurnStats& stats_;
  State state_ = State::kIdle;
  TurnConfig::Family family_;
  LongTermAuth auth_;
  Standing standing_ = Standing::kSure;
  std::vector<Request> requests_;
  std::vector<SocketAddress> relayed_;
  std::optional<SocketAddress> mapped_;
  Duration roundTrip_;
  TimePoint expires_ = TimePoint::never();
  TimePoint refresh_ = TimePoint::never();
  std::vector<Permission> permissions_;
  std::vector<Channel> channels_;
  uint16_t nextChannel_ = kFirstChannel;
  Failure failure_;
  std::optional<SocketAddress> alternate_;
  std::string alternateDomain_;
  Queue<PacketBuffer> transmits_;
};

}  // namespace tincan::inline v0::stun

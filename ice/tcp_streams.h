#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "base/ring.h"
#include "ice/config.h"
#include "ice/frame_reader.h"
#include "ice/gatherer.h"

namespace tincan::inline v0::ice {

/// The TCP connections of ICE (RFC 6544): listens for those of active peers, opens those to passive ones, and makes a
/// path for packets out of each. Owned by the Agent. The session knows a path by a Route that never changes: an active
/// one has our candidate's address with port 9 for its local end, whatever port the connection got.
///
///     send on an active path ──> kOpening ──(StreamOpened)──> kOpen ──(closed, or an error)──> told to the session
///     StreamAccepted ──> kOpen, and closed again when no check of the peer's was good within 10 s
///
/// Invariants: at most `maxTcpStreams` of both kinds; a stream that opens holds back a few packets only.
class TcpStreams {
 public:
  TcpStreams(const AgentConfig& config, PacketPool& pool, Stats& stats) : config_(config), pool_(pool), stats_(stats) {}

  /// Starts listening where the configuration says so; tells the candidates again when it has already.
  void gather();
  bool done() const { return !listening_; }
  /// A host candidate of the gatherer's: its address is that of an active candidate, the first of each family.
  void addHost(const LocalCandidate& host);
  bool pollCandidate(LocalCandidate& out);
  /// The interface went.
  void removeAddress(const IpAddress& ip);

  /// True when the answer was to a question of this class.
  bool handleIoResult(TimePoint now, const IoResult& result);
  /// True when the bytes came over a stream of ours; pollPacket gives what they held.
  bool receive(const Route& real, ByteView chunk);
  bool pollPacket(Route& path, PacketBuffer& packet);
  /// Frames a packet and puts the stream's own route on it; opens the stream when there is none yet.
  void send(const Route& path, PacketBuffer packet);
  /// The same at once, for data: false when the stream is not open.
  bool frame(const Route& path, PacketBuffer& packet, Route& real) const;
  /// `proven` says whether a path has carried a good check: an accepted stream that has not is closed.
  void handleTimeout(TimePoint now, const std::function<bool(const Route&)>& proven);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  bool pollIoRequest(IoRequest& out);
  /// A path that is no more.
  bool pollLost(Route& path);
  void close();

 private:
  struct Stream {
    Route path;
    std::optional<Route> real;  ///< kOpen
    uint32_t opening = 0;       ///< id of the OpenStream under way
    FrameReader reader;
    Queue<PacketBuffer> waiting;
    TimePoint proveBy = TimePoint::never();
  };

  void accepted(TimePoint now, const Route& real);
  bool opened(const StreamOpened& answer);
  bool closed(const Route& real);
  void addListening(const SocketAddress& local);
  void tell(Candidate candidate);
  void lose(std::vector<Stream>::iterator stream);
  const Stream* find(const Route& path) const;

  const AgentConfig& config_;
  PacketPool& pool_;
  Stats& stats_;
  uint32_t nextId_ = 0x8000'0000u;  ///< the gatherer counts from one
  uint32_t listenId_ = 0;           ///< of the question that stays in force: interfaces may come
  bool listening_ = false;          ///< and has had no answer yet
  bool started_ = false;
  std::vector<SocketAddress> listeners_;
  std::vector<IpAddress> active_;
  std::vector<Stream> streams_;
  Queue<LocalCandidate> candidates_;
  Ring<std::pair<Route, PacketBuffer>> packets_;
  Ring<PacketBuffer> framed_;  // of one chunk, while it is read
  Ring<Transmit> transmits_;
  Queue<IoRequest> requests_;
  Queue<Route> lost_;
};

}  // namespace tincan::inline v0::ice

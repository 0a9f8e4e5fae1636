#pragma once

#include <ctime>
#include <memory>
#include <vector>

#include "apps/bench/paths.h"
#include "base/packet_buffer.h"
#include "net/udp_socket.h"
#include "rtp/srtp_session.h"

namespace tincan::inline v0::apps {

/// A path's peers: where they are, and the keys for each. Peers live at 127.x.y.z behind one socket that is bound to
/// all addresses, so that a thousand of them need no thousand descriptors.
class Rig {
 public:
  static constexpr size_t kTurn = net::UdpSocket::kBatch;

  explicit Rig(const PathSetup& setup);

  /// The RTP packet that goes to, or comes from, `peer`, as its next one and not protected yet, in `packet`.
  void writePacket(size_t peer, PacketBuffer& packet);
  rtp::SrtpSession& session(size_t peer) { return *sessions_[peer]; }
  /// Where the peer is, at `port`.
  SocketAddress address(size_t peer, uint16_t port) const { return {addresses_[peer], port}; }
  /// As long as a packet is on the wire.
  size_t wireSize() const { return setup_.packetSize + overhead(setup_.profile); }
  /// What SRTP adds: its tag.
  static size_t overhead(crypto::SrtpProfile profile);

  const PathSetup& setup() const { return setup_; }
  PacketPool& pool() { return pool_; }
  /// The peers take turns; with one, all packets are its.
  size_t nextPeer() { return next_ = next_ + 1 >= setup_.peers ? 0 : next_ + 1; }

 private:
  PathSetup setup_;
  std::unique_ptr<crypto::MultiBuffer> engine_;
  std::vector<std::unique_ptr<rtp::SrtpSession>> sessions_;
  std::vector<uint16_t> sequence_;
  std::vector<IpAddress> addresses_;
  PacketPool pool_;
  size_t next_ = 0;
};

/// CPU time of this thread.
inline int64_t cpuNanos() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace tincan::inline v0::apps

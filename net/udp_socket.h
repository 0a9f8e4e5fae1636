#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/ecn.h"
#include "base/packet_buffer.h"
#include "base/result.h"
#include "base/time.h"

namespace tincan::inline v0::net {

/// A non-blocking UDP socket that moves packets in batches (recvmmsg, sendmmsg) out of and into packet buffers. Where
/// the kernel can (found out when it is opened), a run of packets to one address is one segmented message (GSO), and
/// what comes in as one is taken apart here (GRO). Knows nothing of loops: who owns it waits for readiness.
class UdpSocket {
 public:
  /// Packets in one call of `send`, messages in one of `receive` without GRO.
  static constexpr size_t kBatch = 64;

  struct Options {
    bool segmentation = true;     ///< GSO and GRO, where the kernel has them
    bool reusePort = false;       ///< SO_REUSEPORT: the kernel spreads senders over the sockets of one port
    bool sendTimestamps = false;  ///< keep when each packet left, for `sendTimes`
  };
  struct Datagram {
    SocketAddress remote;
    PacketBuffer packet;
    Ecn ecn = Ecn::kNotCapable;
    /// When the kernel got it, on the monotonic clock; never() on the way out.
    TimePoint arrived = TimePoint::never();
    uint8_t dscp = 0;  ///< on the way out
  };
  /// Where a batch is received: some messages of the largest size, and room for the packets that come of them. One a
  /// loop is enough, and it is large (1 MiB), so sockets do not have their own.
  class Inbox;
  /// What the kernel reads a batch from while `send` runs, and nothing in between: 17 KiB that the sockets of a loop share.
  struct Outbox;

  struct Received {
    size_t packets = 0;   ///< how many the inbox has
    size_t tooLong = 0;   ///< dropped: longer than a packet buffer
    size_t noBuffer = 0;  ///< dropped: the pool was empty
    bool more = false;    ///< the batch was full: there may be more to read
  };
  struct Sent {
    size_t packets = 0;    ///< given to the kernel
    size_t errors = 0;     ///< refused for good; skipped
    size_t messages = 0;   ///< what the kernel was given them in: fewer than packets with GSO
    bool blocked = false;  ///< the kernel's buffer is full: try the rest when the socket is writable
    size_t consumed() const { return packets + errors; }
  };
  struct SendTime {
    uint32_t packet = 0;  ///< the how-manieth message of this socket, from 0
    TimePoint at;
  };

  /// Binds to `local` (port 0: any). IPv6 sockets carry IPv6 only.
  static Result<std::unique_ptr<UdpSocket>> open(const SocketAddress& local, Options options);
  static Result<std::unique_ptr<UdpSocket>> open(const SocketAddress& local) { return open(local, Options()); }
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  /// From now on takes packets from `remote` only; the kernel prefers this socket for them to others of the same port.
  Result<void> connect(const SocketAddress& remote);

  /// Has the kernel spread what comes to this port over the `sockets` that were bound to it first, by `seed` and the
  /// sender's address; later ones get only what they are connected to. False where it cannot.
  bool spreadOver(size_t sockets, uint32_t seed);

  /// Reads what there is, up to a batch, into `inbox.packets()`. Never blocks.
  Received receive(PacketPool& pool, Inbox& inbox);
  /// Sends from the front of `datagrams`, up to kBatch of them. The packets stay with the caller.
  Sent send(std::span<const Datagram> datagrams);
  /// Sends out of this one from now on, in place of one of its own.
  void setOutbox(std::shared_ptr<Outbox> outbox) { outbox_ = std::move(outbox); }
  /// With Options::sendTimestamps: when messages left the machine, as far as it is known by now.
  size_t sendTimes(std::span<SendTime> out);

  const SocketAddress& local() const { return local_; }
  int fd() const { return fd_; }
  bool segmentsOnSend() const { return gso_; }
  bool segmentsOnReceive() const { return gro_; }

 private:
  UdpSocket(int fd, SocketAddress local);
  void setOptions(const Options& options);
  size_t fillOutbox(std::span<const Datagram> datagrams);
  Sent sendMarked(const Datagram& datagram);
  Sent sendBatch(std::span<const Datagram> datagrams);
  Received receiveRuns(PacketPool& pool, Inbox& inbox);
  Received receiveSingles(PacketPool& pool, Inbox& inbox);
  Received dropOne();

  /// What the next messages will be like, with GRO: as the last ones were.
  struct Guess {
    size_t messages = 0;                                              ///< in one call
    size_t packets = 1;                                               ///< in a message
    size_t size = PacketBuffer::kCapacity - PacketBuffer::kHeadroom;  ///< of a packet
  };

  int fd_;
  SocketAddress local_;
  bool gso_ = false;
  bool gro_ = false;
  Guess guess_;
  size_t alone_ = 0;                ///< packets that go unsegmented next, since the kernel refused them as one message
  std::shared_ptr<Outbox> outbox_;  ///< made when it first sends, where it was given none
};

class UdpSocket::Inbox {
 public:
  Inbox();
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  /// What the last `receive` filled; the caller moves the packets out.
  std::span<Datagram> packets() { return std::span(packets_).first(count_); }

 private:
  friend class UdpSocket;
  struct Messages;

  std::unique_ptr<Messages> messages_;
  std::vector<Datagram> packets_;
  size_t count_ = 0;
};

}  // namespace tincan::inline v0::net

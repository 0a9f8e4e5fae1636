// The way into UdpSocket: recvmmsg, with each packet read straight into a buffer of its own.
//
//     without GRO    one message = one packet
//     with GRO       one message = segments of one size from one sender (the last may be shorter). The kernel scatters
//                    it over as many buffers as the last ones had packets, filled as far as those were long, and puts
//                    what is left in a large one:
//
//                    message   |  1203  |  1203  |  1203  |  1203  | 700 |
//                    buffers   |  1203  |  1203  |  1203  |  large ...           the last two are copied out
//
//                    Senders seldom change their minds. Where they do, the guess was wrong and packets are put together
//                    from the pieces.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

#include "net/sockaddr.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

namespace {

constexpr size_t kLargeMessages = 16;
constexpr size_t kLargeMessage = 65'536;
// linux/net/ipv4/udp_offload.c, UDP_GRO_CNT_MAX. A sender's own GSO on loopback may bring more, up to one byte each:
// what does not fit is counted as without a buffer.
constexpr size_t kSegments = 64;
constexpr size_t kMaxPacket = PacketBuffer::kCapacity - PacketBuffer::kHeadroom;

int64_t microsOf(const timespec& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

/// Makes times of the monotonic clock of the kernel's stamps, which are of the wall clock: none in the future, whatever
/// that does.
class StampClock {
 public:
  StampClock() {
    timespec wall{}, monotonic{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
    now_ = microsOf(monotonic);
    offset_ = now_ - microsOf(wall);
  }
  TimePoint at(const timespec& stamp) const { return TimePoint::fromMicros(std::min(now_, microsOf(stamp) + offset_)); }

 private:
  int64_t now_ = 0;
  int64_t offset_ = 0;
};

template <class Value>
Value controlValue(const cmsghdr* control) {
  Value value{};
  std::memcpy(&value, CMSG_DATA(control), sizeof value);
  return value;
}

/// What came beside a message's bytes.
struct Ancillary {
  size_t segment = 0;  ///< 0: the message is one packet
  Ecn ecn = Ecn::kNotCapable;
  TimePoint arrived = TimePoint::never();
};

Ancillary readAncillary(msghdr& header, const StampClock& clock) {
  Ancillary out;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level == SOL_UDP && each->cmsg_type == UDP_GRO) {
      out.segment = static_cast<size_t>(std::max(0, controlValue<int>(each)));
    } else if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_TOS) {
      out.ecn = static_cast<Ecn>(controlValue<uint8_t>(each) & 3);
    } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_TCLASS) {
      out.ecn = static_cast<Ecn>(controlValue<int>(each) & 3);
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) {
      out.arrived = clock.at(controlValue<timespec>(each));
    }
  }
  return out;
}

}  // namespace

struct UdpSocket::Inbox::Messages {
  struct alignas(cmsghdr) Control {
    std::array<uint8_t, CMSG_SPACE(sizeof(int)) * 2 + CMSG_SPACE(sizeof(timespec))> bytes;
  };
  /// A message of many packets: `count` buffers of `size` bytes each in front of the large one.
  struct Scatter {
    std::array<PacketBuffer, kSegments> packets;
    std::array<iovec, kSegments + 1> vectors;
    size_t count = 0;
    size_t size = 0;

    void prepare(PacketPool& pool, size_t wanted, size_t bytes, MutableByteView rest) {
      size = bytes;
      for (count = 0; count < wanted; ++count) {
        if (!packets[count]) packets[count] = pool.allocate();
        if (!packets[count]) break;
        vectors[count] = {packets[count].data(), size};
      }
      vectors[count] = {rest.data(), rest.size()};
    }

    /// The packet that is `length` bytes from `at` of the message.
    PacketBuffer take(PacketPool& pool, size_t at, size_t length) {
      const size_t index = at / size;
      // Alone in its buffer.
      if (index < count && at == index * size && length <= size) {
        PacketBuffer packet = std::move(packets[index]);
        static_cast<void>(packet.resize(length));
        return packet;
      }
      PacketBuffer packet = pool.allocate();
      if (!packet || !packet.resize(length)) return {};
      for (MutableByteView out = packet.mutableView(); !out.empty();) {
        const size_t piece = std::min(at / size, count);
        const size_t begin = at - piece * size;
        const size_t copied = std::min(vectors[piece].iov_len - begin, out.size());
        std::memcpy(out.data(), static_cast<const uint8_t*>(vectors[piece].iov_base) + begin, copied);
        out = out.subspan(copied);
        at += copied;
      }
      return packet;
    }
  };

  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_storage, kBatch> addresses{};
  std::array<Control, kBatch> controls{};
  std::unique_ptr<std::array<std::array<uint8_t, kLargeMessage>, kLargeMessages>> large;
  std::array<Scatter, kLargeMessages> scatters;

  void prepare(size_t i, MutableByteView room) {
    vectors[i] = {room.data(), room.size()};
    prepare(i, &vectors[i], 1);
  }
  void prepare(size_t i, iovec* where, size_t count) {
    msghdr& header = headers[i].msg_hdr;
    header = {};
    header.msg_name = &addresses[i];
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_iov = where;
    header.msg_iovlen = count;
    header.msg_control = controls[i].bytes.data();
    header.msg_controllen = controls[i].bytes.size();
  }

  /// How many came; `more` says whether there may be others.
  size_t read(int fd, size_t ready, bool& more) {
    const int count = ::recvmmsg(fd, headers.data(), static_cast<unsigned>(ready), MSG_DONTWAIT, nullptr);
    // An ICMP error of an earlier packet (ECONNREFUSED) is reported here once; what follows it is still to be read.
    more = count < 0 ? errno != EAGAIN && errno != EWOULDBLOCK && errno != EBADF : static_cast<size_t>(count) == ready;
    return count < 0 ? 0 : static_cast<size_t>(count);
  }
};

UdpSocket::Inbox::Inbox() : messages_(std::make_unique<Messages>()), packets_(kLargeMessages * kSegments) {}
UdpSocket::Inbox::~Inbox() = default;

UdpSocket::Received UdpSocket::receive(PacketPool& pool, Inbox& inbox) {
  inbox.count_ = 0;
  Received result = gro_ ? receiveRuns(pool, inbox) : receiveSingles(pool, inbox);
  result.packets = inbox.count_;
  return result;
}

UdpSocket::Received UdpSocket::receiveRuns(PacketPool& pool, Inbox& inbox) {
  Received result;
  Inbox::Messages& messages = *inbox.messages_;
  // Not zeroed, so that pages which are never used are never touched.
  if (!messages.large) messages.large.reset(new std::array<std::array<uint8_t, kLargeMessage>, kLargeMessages>);
  for (size_t i = 0; i < kLargeMessages; ++i) {
    auto& scatter = messages.scatters[i];
    scatter.prepare(pool, i <= guess_.messages ? guess_.packets : 1, guess_.size, (*messages.large)[i]);
    messages.prepare(i, scatter.vectors.data(), scatter.count + 1);
  }
  const size_t count = messages.read(fd_, kLargeMessages, result.more);
  if (count == 0) return result;
  const StampClock clock;
  guess_ = {.messages = count};
  for (size_t i = 0; i < count; ++i) {
    const Ancillary beside = readAncillary(messages.headers[i].msg_hdr, clock);
    const SocketAddress remote = fromSockaddr(messages.addresses[i]);
    const size_t bytes = messages.headers[i].msg_len;
    // An empty datagram is one packet too.
    const size_t end = std::max<size_t>(1, bytes);
    const size_t segment = beside.segment == 0 ? end : beside.segment;
    if (segment < end && segment <= kMaxPacket) {
      guess_.size = segment;
      guess_.packets = std::clamp<size_t>((end + segment - 1) / segment, guess_.packets, kSegments);
    }
    for (size_t at = 0; at < end; at += segment) {
      const size_t length = std::min(segment, bytes - at);
      if (length > kMaxPacket) {
        ++result.tooLong;
        continue;
      }
      PacketBuffer packet =
          inbox.count_ < inbox.packets_.size() ? messages.scatters[i].take(pool, at, length) : PacketBuffer();
      if (!packet) {
        ++result.noBuffer;
        continue;
      }
      inbox.packets_[inbox.count_++] = {remote, std::move(packet), beside.ecn, beside.arrived};
    }
  }
  return result;
}

UdpSocket::Received UdpSocket::receiveSingles(PacketPool& pool, Inbox& inbox) {
  Received result;
  Inbox::Messages& messages = *inbox.messages_;
  std::vector<Datagram>& packets = inbox.packets_;
  size_t ready = 0;
  for (; ready < kBatch; ++ready) {
    if (!packets[ready].packet) packets[ready].packet = pool.allocate();
    if (!packets[ready].packet) break;
    // Whatever a handle was before, the kernel may fill it from its start to the slot's end.
    messages.prepare(ready, packets[ready].packet.writable());
  }
  if (ready == 0) return dropOne();
  const size_t count = messages.read(fd_, ready, result.more);
  if (count == 0) return result;
  const StampClock clock;
  for (size_t i = 0; i < count; ++i) {
    mmsghdr& message = messages.headers[i];
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) || !packets[i].packet.resize(message.msg_len)) {
      ++result.tooLong;
      continue;
    }
    const Ancillary beside = readAncillary(message.msg_hdr, clock);
    Datagram& to = packets[inbox.count_++];  // the good ones together at the front
    std::swap(to.packet, packets[i].packet);
    to.remote = fromSockaddr(messages.addresses[i]);
    to.ecn = beside.ecn;
    to.arrived = beside.arrived;
  }
  return result;
}

// Without a buffer: takes one datagram off the socket all the same, or it would stay readable for ever.
UdpSocket::Received UdpSocket::dropOne() {
  uint8_t byte;
  const bool dropped = ::recv(fd_, &byte, 1, MSG_DONTWAIT) >= 0;
  return {.noBuffer = dropped ? 1u : 0u, .more = dropped};
}

// The stamps come back on the socket's error queue, each with the number of its message (SOF_TIMESTAMPING_OPT_ID).
size_t UdpSocket::sendTimes(std::span<SendTime> out) {
  const StampClock clock;
  size_t count = 0;
  while (count < out.size()) {
    alignas(cmsghdr) std::array<uint8_t, 512> control;
    msghdr header{};
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    if (::recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    std::optional<TimePoint> at;
    std::optional<uint32_t> packet;
    for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
      if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPING) {
        at = clock.at(controlValue<std::array<timespec, 3>>(each)[0]);
      } else if ((each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_RECVERR) ||
                 (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_RECVERR)) {
        const auto error = controlValue<sock_extended_err>(each);
        if (error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) packet = error.ee_data;
      }
    }
    if (at && packet) out[count++] = {*packet, *at};
  }
  return count;
}

}  // namespace tincan::inline v0::net

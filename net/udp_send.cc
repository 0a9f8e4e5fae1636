// The way out of UdpSocket: runs of packets become segmented messages, messages become one system call.
//
//     datagrams   A1200 A1200 A1200 A300 | B1200 | A1200 …
//     messages    one of 3 × 1200 + 300    one     one …        sendmmsg

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "net/sockaddr.h"
#include "net/udp_outbox.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

namespace {

// linux/udp.h, UDP_MAX_SEGMENTS: 64 in all kernels that have GSO, more in newer ones.
constexpr size_t kMaxSegments = 64;
// What one IPv6 datagram can carry without jumbograms: 65,535 less the UDP header (RFC 768), and less the IPv4 header.
constexpr size_t kMaxMessage = 65'535 - 8 - 20;

// SCTP and DTLS begin with datagrams of 1,200 bytes: none of those asks for anything.
constexpr size_t kUnmarked = 1200;

/// How many packets from the front of `run` can leave as one message: to one address, all as long as the first, but the
/// last may be shorter.
size_t runLength(std::span<const UdpSocket::Datagram> run) {
  const UdpSocket::Datagram& first = run.front();
  const size_t size = first.packet.size();
  if (size == 0) return 1;
  const size_t limit = std::min({run.size(), kMaxSegments, std::max<size_t>(1, kMaxMessage / size)});
  size_t count = 1;
  for (; count < limit; ++count) {
    const UdpSocket::Datagram& next = run[count];
    if (next.packet.size() > size || next.packet.empty() || next.remote != first.remote) break;
    if (next.ecn != first.ecn || next.dscp != first.dscp) break;
    if (next.packet.size() < size) return count + 1;
  }
  return count;
}

template <class Value>
void putControl(msghdr& header, int level, int type, Value value) {
  auto* at = static_cast<uint8_t*>(header.msg_control) + header.msg_controllen;
  cmsghdr head{};
  head.cmsg_len = CMSG_LEN(sizeof value);
  head.cmsg_level = level;
  head.cmsg_type = type;
  std::memcpy(at, &head, sizeof head);
  std::memcpy(at + CMSG_LEN(0), &value, sizeof value);
  header.msg_controllen += CMSG_SPACE(sizeof value);
}

// Errors that say "not as one message here", rather than "not this packet": no checksum offload on the way (EIO), a
// segment that is longer than the path takes (EMSGSIZE, EINVAL).
bool refusesSegments(int error) {
  return error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP;
}

}  // namespace

/// Returns how many messages were made of `datagrams`.
size_t UdpSocket::fillOutbox(std::span<const Datagram> datagrams) {
  if (!outbox_) outbox_ = std::make_shared<Outbox>();
  Outbox& box = *outbox_;
  size_t messages = 0;
  for (size_t at = 0; at < datagrams.size(); ++messages) {
    const Datagram& first = datagrams[at];
    const size_t count = gso_ && at >= alone_ ? runLength(datagrams.subspan(at)) : 1;
    for (size_t i = 0; i < count; ++i) {
      const ByteView bytes = datagrams[at + i].packet.view();
      box.vectors[at + i] = {const_cast<uint8_t*>(bytes.data()), bytes.size()};  // the kernel only reads it
    }
    msghdr& header = box.messages[messages].msg_hdr;
    header = {};
    header.msg_namelen = toSockaddr(first.remote, box.addresses[messages]);
    header.msg_name = &box.addresses[messages];
    header.msg_iov = &box.vectors[at];
    header.msg_iovlen = count;
    header.msg_control = box.controls[messages].bytes.data();
    if (count > 1) putControl(header, SOL_UDP, UDP_SEGMENT, static_cast<uint16_t>(first.packet.size()));
    // RFC 2474 §3, RFC 3168 §5: six bits and two.
    if (const int traffic = first.dscp << 2 | static_cast<int>(first.ecn); traffic != 0) {
      const bool v6 = local_.ip.isV6();
      putControl(header, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, traffic);
    }
    if (header.msg_controllen == 0) header.msg_control = nullptr;
    box.counts[messages] = count;
    at += count;
  }
  return messages;
}

UdpSocket::Sent UdpSocket::send(std::span<const Datagram> datagrams) {
  datagrams = datagrams.first(std::min(datagrams.size(), kBatch));
  // Only what is larger than what everybody sends says how it may travel.
  const auto isMarked = [](const Datagram& each) {
    return each.packet.size() > kUnmarked && each.packet.fragmentation() != Fragmentation::kDefault;
  };
  if (!datagrams.empty() && isMarked(datagrams.front())) return sendMarked(datagrams.front());
  const auto marked = std::find_if(datagrams.begin(), datagrams.end(), isMarked);
  return sendBatch(datagrams.first(static_cast<size_t>(marked - datagrams.begin())));
}

/// ip(7), IP_MTU_DISCOVER, for one packet: no message beside it can say so. A probe that even the first link does not take
/// is refused here (EMSGSIZE), and so it is lost, as it should be. What may be in fragments is cut here where a link or a
/// router has said so, and over IPv4 also on the way.
UdpSocket::Sent UdpSocket::sendMarked(const Datagram& datagram) {
  const bool v6 = local_.ip.isV6(), never = datagram.packet.fragmentation() == Fragmentation::kNever;
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP, option = v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER;
  const int marked =
      v6 ? (never ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_DONT) : (never ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
  int before = 0;
  socklen_t size = sizeof before;
  if (::getsockopt(fd_, level, option, &before, &size) != 0) return sendBatch({&datagram, 1});
  ::setsockopt(fd_, level, option, &marked, sizeof marked);
  const Sent sent = sendBatch({&datagram, 1});
  ::setsockopt(fd_, level, option, &before, sizeof before);
  return sent;
}

UdpSocket::Sent UdpSocket::sendBatch(std::span<const Datagram> datagrams) {
  Sent result;
  const size_t messages = fillOutbox(datagrams);
  size_t next = 0;
  while (next < messages && !result.blocked) {
    const int count =
        ::sendmmsg(fd_, outbox_->messages.data() + next, static_cast<unsigned>(messages - next), MSG_DONTWAIT);
    for (int i = 0; i < count; ++i) result.packets += outbox_->counts[next++];
    if (count > 0) {
      result.messages += static_cast<size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      result.blocked = true;
    } else if (errno != EINTR) {
      if (outbox_->counts[next] > 1 && refusesSegments(errno)) {
        if (errno == EIO) gso_ = false;
        alone_ = outbox_->counts[next];
        return result;  // the caller comes again with these in front
      }
      result.errors += outbox_->counts[next++];  // this one's own (ENETUNREACH), or an ICMP error of an earlier one
    }
  }
  alone_ -= std::min(alone_, result.consumed());
  return result;
}

}  // namespace tincan::inline v0::net

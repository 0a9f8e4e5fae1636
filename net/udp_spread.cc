// Which socket of an SO_REUSEPORT group gets a packet: by default a hash over all that are bound, those too that are
// connected and take nothing from others, so that each new one of these would move everybody. With this program
// (classic BPF, which needs no privileges) it is a hash over the first ones only:
//
//     (source address ^ source port) * odd >> 16, modulo how many

#include <array>
#include <linux/filter.h>
#include <span>
#include <sys/socket.h>

#include "net/udp_socket.h"

namespace tincan::inline v0::net {

namespace {

// Offsets from the start of the IP header, wherever the packet itself is thought to begin (linux/filter.h).
constexpr uint32_t network(uint32_t offset) {
  return static_cast<uint32_t>(SKF_NET_OFF) + offset;
}

constexpr sock_filter step(uint16_t code, uint32_t k = 0) {
  return {code, 0, 0, k};
}

constexpr uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS, kLoadHalf = BPF_LD | BPF_H | BPF_ABS;
constexpr uint16_t kToX = BPF_MISC | BPF_TAX, kXorX = BPF_ALU | BPF_XOR | BPF_X;

}  // namespace

bool UdpSocket::spreadOver(size_t sockets, uint32_t seed) {
  const auto modulus = static_cast<uint32_t>(sockets);
  const std::array<sock_filter, 5> tail = {step(kXorX), step(BPF_ALU | BPF_MUL | BPF_K, seed | 1),
                                           step(BPF_ALU | BPF_RSH | BPF_K, 16),
                                           step(BPF_ALU | BPF_MOD | BPF_K, modulus), step(BPF_RET | BPF_A)};
  std::vector<sock_filter> program;
  if (local_.ip.isV6()) {
    // RFC 8200 §3: the source address is at 8. Behind extension headers there are other bytes than ports, which is
    // well.
    program = {step(kLoadWord, network(8)),
               step(kToX),
               step(kLoadWord, network(12)),
               step(kXorX),
               step(kToX),
               step(kLoadWord, network(16)),
               step(kXorX),
               step(kToX),
               step(kLoadWord, network(20)),
               step(kXorX),
               step(kToX),
               step(kLoadHalf, network(40))};
  } else {
    // RFC 791 §3.1: the header's length in words is in the first byte, the source address at 12.
    program = {step(BPF_LDX | BPF_B | BPF_MSH, network(0)), step(BPF_LD | BPF_H | BPF_IND, network(0)), step(kToX),
               step(kLoadWord, network(12))};
  }
  program.insert(program.end(), tail.begin(), tail.end());
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::setsockopt(fd_, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter) == 0;
}

}  // namespace tincan::inline v0::net

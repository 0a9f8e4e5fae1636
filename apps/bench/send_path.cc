#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <optional>
#include <sys/socket.h>

#include "apps/bench/paths.h"
#include "apps/bench/raw_cipher.h"
#include "apps/bench/rig.h"
#include "net/sockaddr.h"
#include "rtp/srtp_batch.h"

namespace tincan::inline v0::apps {

namespace {

// What the kernel has queued is dropped when nobody reads; that is part of no path's cost, and the same for both.
Result<std::unique_ptr<net::UdpSocket>> sink() {
  return net::UdpSocket::open({*IpAddress::parse("0.0.0.0"), 0});
}

class SendPath final : public Path {
 public:
  SendPath(const PathSetup& setup, std::unique_ptr<net::UdpSocket> socket, std::unique_ptr<net::UdpSocket> sink)
      : rig_(setup), socket_(std::move(socket)), sink_(std::move(sink)), batch_(Rig::kTurn) {
    for (size_t peer = 0; peer < setup.peers; ++peer) remotes_.push_back(rig_.address(peer, sink_->local().port));
  }

  Turn turn() override {
    const int64_t begun = cpuNanos();
    for (size_t i = 0; i < batch_.size(); ++i) {
      const size_t peer = rig_.nextPeer();
      batch_[i].remote = remotes_[peer];
      rig_.writePacket(peer, batch_[i].packet);
      jobs_[i] = {&rig_.session(peer), &batch_[i].packet};
    }
    rtp::protectBatch(jobs_);
    Turn out;
    while (out.packets < batch_.size()) {
      const auto sent = socket_->send(std::span(batch_).subspan(out.packets));
      if (sent.consumed() == 0 && sent.blocked) break;
      out.packets += sent.consumed();
    }
    for (auto& each : batch_) each.packet.reset();
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  Rig rig_;
  std::unique_ptr<net::UdpSocket> socket_, sink_;
  std::vector<SocketAddress> remotes_;
  std::vector<net::UdpSocket::Datagram> batch_;
  std::array<rtp::SrtpJob, Rig::kTurn> jobs_;
};

/// The same bytes from memory that is ready: one segmented message to one peer, or one sendmmsg to many. With
/// Bare::kCipher the turn begins with encrypting it.
class BareSend final : public Path {
 public:
  BareSend(const PathSetup& setup, std::unique_ptr<net::UdpSocket> socket, std::unique_ptr<net::UdpSocket> sink,
           Bare bare)
      : rig_(setup), socket_(std::move(socket)), sink_(std::move(sink)), bytes_(rig_.wireSize() * Rig::kTurn, 7) {
    if (bare == Bare::kCipher) cipher_.emplace(setup);
    const bool segmented = setup.peers == 1 && socket_->segmentsOnSend();
    const size_t run = segmented ? 65'507 / rig_.wireSize() : 1;
    for (size_t at = 0; at < Rig::kTurn; at += counts_.back()) add(at, std::min(run, Rig::kTurn - at));
    for (size_t peer = 0; peer < setup.peers; ++peer) {
      addressSize_ = net::toSockaddr(rig_.address(peer, sink_->local().port), addresses_.emplace_back());
    }
  }

  Turn turn() override {
    const int64_t begun = cpuNanos();
    turnToNextPeers();
    if (cipher_) cipher_->run(jobs_);
    Turn out;
    size_t done = 0;
    while (done < counts_.size()) {
      const int count = ::sendmmsg(socket_->fd(), messages_.data() + done, static_cast<unsigned>(counts_.size() - done),
                                   MSG_DONTWAIT);
      if (count <= 0) break;
      for (int i = 0; i < count; ++i) out.packets += counts_[done++];
    }
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  /// The same peers as in ours, so that what the kernel and the keys have in the cache is the same.
  void turnToNextPeers() {
    for (size_t i = 0, at = 0; i < counts_.size(); at += counts_[i++]) {
      const size_t peer = rig_.nextPeer();
      messages_[i].msg_hdr.msg_name = &addresses_[peer];
      messages_[i].msg_hdr.msg_namelen = addressSize_;
      for (size_t each = at; each < at + counts_[i]; ++each) jobs_[each].peer = peer;
    }
  }

  void add(size_t at, size_t count) {
    const size_t i = counts_.size(), size = rig_.wireSize();
    counts_.push_back(count);
    vectors_[i] = {bytes_.data() + at * size, count * size};
    msghdr& header = messages_[i].msg_hdr;
    for (size_t each = at; each < at + count; ++each) {
      jobs_[each].packet = MutableByteView(bytes_).subspan(each * size, size);
    }
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    if (count == 1) return;
    cmsghdr head{};
    head.cmsg_len = CMSG_LEN(sizeof(uint16_t));
    head.cmsg_level = SOL_UDP;
    head.cmsg_type = UDP_SEGMENT;
    const auto segment = static_cast<uint16_t>(size);
    std::memcpy(controls_[i].bytes.data(), &head, sizeof head);
    std::memcpy(controls_[i].bytes.data() + CMSG_LEN(0), &segment, sizeof segment);
    header.msg_control = controls_[i].bytes.data();
    header.msg_controllen = controls_[i].bytes.size();
  }

  struct alignas(cmsghdr) Control {
    std::array<uint8_t, CMSG_SPACE(sizeof(uint16_t))> bytes;
  };

  Rig rig_;
  std::unique_ptr<net::UdpSocket> socket_, sink_;
  Bytes bytes_;
  std::optional<RawCipher> cipher_;
  std::array<RawCipher::Job, Rig::kTurn> jobs_;
  std::vector<size_t> counts_;
  std::array<mmsghdr, Rig::kTurn> messages_{};
  std::array<iovec, Rig::kTurn> vectors_{};
  std::vector<sockaddr_storage> addresses_;
  socklen_t addressSize_ = 0;
  std::array<Control, Rig::kTurn> controls_{};
};

template <class Kind, class... Extra>
Result<std::unique_ptr<Path>> make(const PathSetup& setup, Extra... extra) {
  auto socket = net::UdpSocket::open({*IpAddress::parse("0.0.0.0"), 0});
  if (!socket) return socket.error();
  auto to = sink();
  if (!to) return to.error();
  return std::unique_ptr<Path>(
      std::make_unique<Kind>(setup, std::move(socket).value(), std::move(to).value(), extra...));
}

}  // namespace

Result<std::unique_ptr<Path>> sendPath(const PathSetup& setup) {
  return make<SendPath>(setup);
}

Result<std::unique_ptr<Path>> bareSend(const PathSetup& setup, Bare bare) {
  return make<BareSend>(setup, bare);
}

}  // namespace tincan::inline v0::apps

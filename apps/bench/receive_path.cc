#include <array>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unordered_map>

#include "apps/bench/paths.h"
#include "apps/bench/raw_cipher.h"
#include "apps/bench/rig.h"
#include "net/sockaddr.h"
#include "rtp/header.h"
#include "rtp/srtp_batch.h"

namespace tincan::inline v0::apps {

namespace {

/// Puts a turn of protected packets into a socket's queue, outside the clock: each peer's come from its own address,
/// which takes a socket a peer, so there are at most as many as a turn has packets.
class Feeder {
 public:
  explicit Feeder(const PathSetup& setup) : rig_(setup), batch_(Rig::kTurn) {}

  Result<void> open() {
    for (size_t i = 0; i < std::min(rig_.setup().peers, Rig::kTurn); ++i) {
      auto socket = net::UdpSocket::open({rig_.address(i, 0).ip, 0});
      if (!socket) return socket.error();
      sockets_.push_back(std::move(socket).value());
    }
    return {};
  }

  void feed(const SocketAddress& to) {
    for (auto& each : batch_) {
      const size_t peer = rig_.nextPeer();
      each.remote = to;
      rig_.writePacket(peer, each.packet);
      static_cast<void>(rig_.session(peer).protect(each.packet));
    }
    if (sockets_.size() == 1) {
      for (size_t done = 0; done < batch_.size();) {
        const auto sent = sockets_[0]->send(std::span(batch_).subspan(done));
        if (sent.consumed() == 0) break;
        done += sent.consumed();
      }
    } else {
      for (size_t i = 0; i < batch_.size(); ++i) sockets_[i % sockets_.size()]->send(std::span(batch_).subspan(i, 1));
    }
    for (auto& each : batch_) each.packet.reset();
  }

 private:
  Rig rig_;
  std::vector<std::unique_ptr<net::UdpSocket>> sockets_;
  std::vector<net::UdpSocket::Datagram> batch_;
};

class ReceivePath final : public Path {
 public:
  ReceivePath(const PathSetup& setup, std::unique_ptr<net::UdpSocket> socket)
      : feeder_(setup), rig_(setup), socket_(std::move(socket)) {
    for (size_t i = 0; i < setup.peers; ++i) {
      PacketBuffer packet;
      rig_.writePacket(i, packet);
      rtp::Header header;
      rtp::Header::parse(packet.view(), header);
      streams_[header.ssrc.value()] = {&rig_.session(i), 0};
    }
  }

  Result<void> open() { return feeder_.open(); }

  Turn turn() override {
    feeder_.feed({IpAddress::loopbackV4(), socket_->local().port});
    Turn out;
    const int64_t begun = cpuNanos();
    while (true) {
      const auto received = socket_->receive(rig_.pool(), inbox_);
      out.packets += take(inbox_.packets());
      if (!received.more) break;
    }
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  struct Stream {
    rtp::SrtpSession* session = nullptr;
    uint64_t packets = 0;
  };

  /// Demultiplexed, decrypted side by side, parsed and counted; how many of them were good.
  size_t take(std::span<net::UdpSocket::Datagram> datagrams) {
    jobs_.clear();
    streamOf_.clear();
    for (auto& each : datagrams) {
      const ByteView bytes = each.packet.view();
      // RFC 7983 §7: 128 to 191 is RTP or RTCP.
      if (bytes.size() < rtp::kFixedHeaderSize || bytes[0] < 128 || bytes[0] > 191 || rtp::isRtcp(bytes)) continue;
      const auto stream = streams_.find(loadBe32(bytes.data() + 8));
      if (stream == streams_.end()) continue;
      jobs_.push_back({stream->second.session, &each.packet});
      streamOf_.push_back(&stream->second);
    }
    rtp::unprotectBatch(jobs_);
    size_t good = 0;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      const PacketBuffer packet = std::move(*jobs_[i].packet);
      rtp::Header header;
      if (jobs_[i].outcome || !rtp::Header::parse(packet.view(), header)) continue;
      ++streamOf_[i]->packets;
      ++good;
    }
    return good;
  }

  Feeder feeder_;
  Rig rig_;
  std::unique_ptr<net::UdpSocket> socket_;
  net::UdpSocket::Inbox inbox_;
  std::unordered_map<uint32_t, Stream> streams_;
  std::vector<rtp::SrtpJob> jobs_;
  std::vector<Stream*> streamOf_;
};

/// recvmmsg into memory that nobody looks at; with GRO, into messages as large as the kernel makes them. With
/// Bare::kCipher what came is worked on where it lies.
class BareReceive final : public Path {
 public:
  BareReceive(const PathSetup& setup, std::unique_ptr<net::UdpSocket> socket, Bare bare)
      : feeder_(setup), socket_(std::move(socket)), wireSize_(Rig(setup).wireSize()), peers_(setup.peers), bare_(bare) {
    if (bare == Bare::kCipher) cipher_.emplace(setup);
    if (bare != Bare::kAncillary) {
      const int off = 0;
      ::setsockopt(socket_->fd(), SOL_SOCKET, SO_TIMESTAMPNS, &off, sizeof off);
      ::setsockopt(socket_->fd(), IPPROTO_IP, IP_RECVTOS, &off, sizeof off);
    }
    large_.resize(kMessages * kMessage);
    for (size_t i = 0; i < kMessages; ++i) vectors_[i] = {large_.data() + i * kMessage, kMessage};
  }

  Result<void> open() { return feeder_.open(); }

  Turn turn() override {
    feeder_.feed({IpAddress::loopbackV4(), socket_->local().port});
    Turn out;
    const int64_t begun = cpuNanos();
    while (true) {
      for (size_t i = 0; i < kMessages; ++i) {
        messages_[i] = {};
        messages_[i].msg_hdr.msg_iov = &vectors_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
        messages_[i].msg_hdr.msg_name = &addresses_[i];
        messages_[i].msg_hdr.msg_namelen = sizeof addresses_[i];
        if (bare_ != Bare::kAncillary) continue;
        messages_[i].msg_hdr.msg_control = controls_[i].bytes.data();
        messages_[i].msg_hdr.msg_controllen = controls_[i].bytes.size();
      }
      const int count = ::recvmmsg(socket_->fd(), messages_.data(), kMessages, MSG_DONTWAIT, nullptr);
      for (size_t i = 0; count > 0 && i < static_cast<size_t>(count); ++i) out.packets += take(i);
      if (count < static_cast<int>(kMessages)) break;
    }
    out.nanos = cpuNanos() - begun;
    return out;
  }

 private:
  static constexpr size_t kMessages = 64, kMessage = 65'536;
  struct alignas(cmsghdr) Control {
    std::array<uint8_t, 128> bytes;
  };

  size_t take(size_t message) {
    const MutableByteView all = MutableByteView(large_).subspan(message * kMessage, messages_[message].msg_len);
    if (!cipher_) return (all.size() + wireSize_ - 1) / wireSize_;
    jobs_.clear();
    for (size_t at = 0; at + wireSize_ <= all.size(); at += wireSize_) {
      jobs_.push_back({nextPeer_, all.subspan(at, wireSize_)});
      nextPeer_ = nextPeer_ + 1 >= peers_ ? 0 : nextPeer_ + 1;
    }
    cipher_->run(jobs_);
    return jobs_.size();
  }

  Feeder feeder_;
  std::unique_ptr<net::UdpSocket> socket_;
  size_t wireSize_, peers_, nextPeer_ = 0;
  Bare bare_;
  std::optional<RawCipher> cipher_;
  std::vector<RawCipher::Job> jobs_;
  Bytes large_;
  std::array<mmsghdr, kMessages> messages_{};
  std::array<iovec, kMessages> vectors_{};
  std::array<sockaddr_storage, kMessages> addresses_{};
  std::array<Control, kMessages> controls_{};
};

template <class Kind, class... Extra>
Result<std::unique_ptr<Path>> make(const PathSetup& setup, Extra... extra) {
  auto socket = net::UdpSocket::open({IpAddress::loopbackV4(), 0});
  if (!socket) return socket.error();
  auto path = std::make_unique<Kind>(setup, std::move(socket).value(), extra...);
  if (auto opened = path->open(); !opened) return opened.error();
  return std::unique_ptr<Path>(std::move(path));
}

}  // namespace

Result<std::unique_ptr<Path>> receivePath(const PathSetup& setup) {
  return make<ReceivePath>(setup);
}

Result<std::unique_ptr<Path>> bareReceive(const PathSetup& setup, Bare bare) {
  return make<BareReceive>(setup, bare);
}

}  // namespace tincan::inline v0::apps

#pragma once

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "stun/message_writer.h"
#include "stun/turn_client.h"

namespace tincan::inline v0::fuzz {

/// Stateful: the first byte picks where the TURN client stands (new, asked, challenged, allocated, permitted, bound)
/// and whether over a stream; the rest are steps of a server that knows the password, of one that does not, and of
/// time.
class StunTurnFuzz {
 public:
  void run(ByteView data) {
    ByteReader in(data);
    const uint8_t mode = in.u8();
    stun::TurnConfig config;
    config.username = "user";
    config.credential = "pass";
    config.stream = (mode & 0x80) != 0;
    config.family = static_cast<stun::TurnConfig::Family>(mode / 8 % 3);
    stun::TurnClient client(config, random_, pool_, stats_);
    client_ = &client;
    reach(mode % 8);
    for (int step = 0; step < 200 && in.remaining() > 0; ++step) {
      act(in);
      drain();
    }
    // Left alone its deadlines move, and it ends: the server has gone.
    for (int i = 0; i < 2000 && !client.nextTimeout().isNever(); ++i) {
      const TimePoint next = client.nextTimeout();
      if (next <= now_ && ++stuck_ > 50) std::abort();
      if (next > now_) stuck_ = 0;
      now_ = std::max(now_, next);
      client.handleTimeout(now_);
      drain();
    }
    using State = stun::TurnClient::State;
    if (client.state() == State::kAllocating || client.state() == State::kAllocated) std::abort();
    client.close();
    asked_.clear();
    drain();
    asked_.clear();
    if (pool_.outstanding() > 0) std::abort();
  }

 private:
  using Type = stun::AttributeType;

  void reach(int stage) {
    if (stage >= 1) client_->start(now_);
    drain();
    if (stage >= 2) challenge(401, 0);
    if (stage >= 3) succeed(0, 600);
    if (stage >= 4) client_->permit(now_, peer_.ip);
    drain();
    if (stage >= 5) succeed(0, 0);
    if (stage >= 6) client_->bind(now_, peer_);
    drain();
    if (stage >= 7) succeed(0, 0);
    drain();
  }

  void act(ByteReader& in) {
    const uint8_t op = in.u8();
    const uint8_t which = op >> 4;
    switch (op % 12) {
      case 0: receive(in.view(std::min<size_t>(in.u8(), in.remaining()))); break;
      case 1: challenge(401, which); break;
      case 2: challenge(438, which); break;
      case 3: succeed(which, in.u32()); break;
      case 4: refuse(which, in.u16(), (in.u8() & 1) != 0); break;
      case 5:
        now_ += Duration::millis(in.u16() * 10);
        client_->handleTimeout(now_);
        break;
      case 6: client_->permit(now_, IpAddress::v4(192, 0, 2, in.u8())); break;
      case 7: client_->bind(now_, {IpAddress::v4(192, 0, 2, in.u8()), 5000}); break;
      case 8: {
        PacketBuffer packet = pool_.copy(asBytes("data"));
        const bool ready = client_->wrap(now_, {IpAddress::v4(192, 0, 2, in.u8()), 5000}, packet);
        if (ready && client_->state() != stun::TurnClient::State::kAllocated) std::abort();
        break;
      }
      case 9: {
        Bytes data(4 + in.u8());
        storeBe16(data.data(), static_cast<uint16_t>(0x4000 + in.u8()));
        storeBe16(data.data() + 2, in.u8());
        receive(data);
        break;
      }
      case 10: {
        Bytes out(400);
        stun::MessageWriter writer(out, stun::Class::kIndication, stun::Method::kData, {});
        writer.xorAddress(Type::kXorPeerAddress, {IpAddress::v4(192, 0, 2, in.u8()), 5000});
        writer.bytes(Type::kData, in.view(std::min<size_t>(in.u8(), in.remaining())));
        if (writer.ok()) receive(writer.written());
        break;
      }
      default:
        if (op & 0x80)
          client_->close();
        else
          client_->start(now_);
    }
  }

  void receive(ByteView bytes) {
    PacketBuffer packet = pool_.copy(bytes);
    SocketAddress peer;
    if (!packet || !client_->receive(now_, packet, peer)) return;
    // Whatever the server says, data is the peer's, and somebody we let in.
    if (packet.empty() || !peer.ip.isSpecified()) std::abort();
  }

  bool question(size_t which, stun::Message& out) {
    return !asked_.empty() && stun::Message::parse(asked_[which % asked_.size()].view(), out);
  }
  void challenge(uint16_t code, size_t which) {
    stun::Message m;
    if (!question(which, m)) return;
    Bytes out(400);
    stun::MessageWriter writer(out, stun::Class::kError, m.method(), m.transactionId());
    writer.errorCode(static_cast<stun::ErrorNumber>(code), "").text(Type::kRealm, "r");
    writer.text(Type::kNonce, "nonce" + std::to_string(++nonces_));
    receive(writer.written());
    drain();
  }
  void succeed(size_t which, uint32_t lifetime) {
    stun::Message m;
    if (!question(which, m)) return;
    Bytes out(400);
    stun::MessageWriter writer(out, stun::Class::kSuccess, m.method(), m.transactionId());
    if (m.method() == stun::Method::kAllocate) {
      writer.xorAddress(Type::kXorRelayedAddress, {IpAddress::v4(198, 51, 100, 1), 50000});
      writer.xorAddress(Type::kXorMappedAddress, {IpAddress::v4(203, 0, 113, 1), 40000});
    }
    if (lifetime > 0) writer.u32(Type::kLifetime, lifetime);
    writer.integrity(stun::IntegrityKey::longTerm("user", "r", "pass")).fingerprint();
    receive(writer.written());
    drain();
  }
  void refuse(size_t which, uint16_t code, bool honest) {
    stun::Message m;
    if (!question(which, m)) return;
    Bytes out(400);
    stun::MessageWriter writer(out, stun::Class::kError, m.method(), m.transactionId());
    writer.errorCode(static_cast<stun::ErrorNumber>(300 + code % 300), "no");
    writer.address(Type::kAlternateServer, {IpAddress::v4(198, 51, 100, 2), 3478});
    if (honest) writer.integrity(stun::IntegrityKey::longTerm("user", "r", "pass"));
    receive(writer.written());
  }

  void drain() {
    PacketBuffer packet;
    for (int n = 0; client_->pollTransmit(packet); ++n) {
      if (n > 1000) std::abort();
      if (!stun::looksLikeStun(packet.view())) continue;
      asked_.push_front(std::move(packet));
      if (asked_.size() > 8) asked_.pop_back();
    }
  }

  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  SeededRandom random_{1};
  PacketPool pool_;
  stun::TurnStats stats_;
  stun::TurnClient* client_ = nullptr;
  std::deque<PacketBuffer> asked_;  ///< the newest first
  const SocketAddress peer_{IpAddress::v4(192, 0, 2, 7), 5000};
  int nonces_ = 0;
  int stuck_ = 0;
};

inline void fuzzStunTurn(ByteView data) {
  StunTurnFuzz().run(data);
}

}  // namespace tincan::inline v0::fuzz

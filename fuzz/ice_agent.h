#pragma once

#include <cstdlib>
#include <deque>
#include <string>

#include "ice/agent.h"
#include "ice/check_message.h"
#include "ice/mdns.h"
#include "stun/message_writer.h"
#include "stun/response.h"

namespace tincan::inline v0::fuzz {

/// Stateful: the first byte picks where the agent stands (new, gathering, checking, connected, restarted, with a name
/// to resolve); the rest are steps of a hostile network and of a hostile peer that knows the passwords.
class IceAgentFuzz {
 public:
  void run(ByteView data) {
    ByteReader in(data);
    start(in.u8());
    for (int step = 0; step < 200 && in.remaining() > 0; ++step) {
      act(in);
      drain();
    }
    // Left alone, the agent comes to rest or goes on at a moderate pace; its deadlines move.
    for (int i = 0; i < 500 && !agent_.nextTimeout().isNever(); ++i) {
      const TimePoint next = agent_.nextTimeout();
      if (next <= now_ && ++stuck_ > 50) std::abort();
      if (next > now_) stuck_ = 0;
      now_ = std::max(now_, next);
      agent_.handleTimeout(now_);
      drain();
    }
    lastSent_.reset();
    agent_.close();
    drain();
    if (pool_.outstanding() > 600) std::abort();
  }

 private:
  static ice::AgentConfig config() {
    ice::AgentConfig out;
    ice::ServerUrl url;
    url.host = "198.51.100.1";
    out.servers.push_back(url);
    out.tcp = ice::TcpCandidates::kAll;
    out.renomination = true;
    out.mdnsNames = true;
    return out;
  }

  void start(uint8_t mode) {
    if (mode & 0x40) {
      agent_.cargo().offer();
      agent_.cargo().add(Bytes(200, 22));
    }
    if (mode % 6 >= 1) {
      agent_.gather(now_);
      drain();
    }
    if (mode % 6 >= 2) agent_.setRemoteCredentials(now_, peer_);
    if (mode % 6 >= 3) {
      agent_.addRemoteCandidate(now_, ice::Candidate::parse("1 1 udp 100 192.0.2.2 9 typ host").value());
      agent_.addRemoteCandidate(
          now_, ice::Candidate::parse("1 1 udp 99 a1b2c3d4-e5f6-4a7b-8c9d-000000000001.local 9 typ host").value());
      drain();
    }
    if (mode % 6 >= 4) {
      answerLast(remote_, true);
      drain();
      answerLast(remote_, true);
      drain();
    }
    if (mode % 6 >= 5) agent_.restart(now_);
    if (mode & 0x80) agent_.setRole(ice::Role::kControlled);
    drain();
  }

  void act(ByteReader& in) {
    const uint8_t op = in.u8();
    const SocketAddress from = op & 0x10 ? remote_ : SocketAddress{IpAddress::v4(192, 0, 2, in.u8()), in.u8()};
    switch (op % 10) {
      case 0: receive(from, in.view(std::min<size_t>(in.u8(), in.remaining()))); break;
      case 1: request(from, in); break;
      case 2: answerLast(from, (op & 0x20) != 0); break;
      case 3: refuseLast(from, in.u8()); break;
      case 4:
        now_ += Duration::millis(in.u16());
        agent_.handleTimeout(now_);
        break;
      case 5: {
        const auto c = ice::Candidate::parse(asText(in.view(std::min<size_t>(in.u8(), in.remaining()))));
        if (c) agent_.addRemoteCandidate(now_, *c);
        break;
      }
      case 6: receiveMdns(in.view(std::min<size_t>(in.u8(), in.remaining()))); break;
      case 7: {
        Transmit out;
        static_cast<void>(agent_.send(now_, pool_.copy(asBytes("\x80 data")), out));
        break;
      }
      case 8: agent_.setRemoteCredentials(now_, peer_); break;
      default:
        if (op & 0x40) {
          change(in, from);
        } else if (op & 0x20) {
          agent_.restart(now_);
        } else {
          agent_.endOfRemoteCandidates(now_);
        }
    }
  }

  // Interfaces and TCP connections that come and go.
  void change(ByteReader& in, const SocketAddress& from) {
    const Route stream{Protocol::kTcp, listening_, from};
    switch (in.u8() % 6) {
      case 0: agent_.handleIoResult(now_, UdpClosed{{base_}}); break;
      case 1: agent_.handleIoResult(now_, UdpOpened{openId_, {base_}}); break;
      case 2: agent_.handleIoResult(now_, StreamAccepted{stream}); break;
      case 3: agent_.handleIoResult(now_, StreamClosed{stream}); break;
      case 4: agent_.setRemoteRenomination(true); break;
      default: {
        PacketBuffer out = agent_.receive(now_, stream, pool_.copy(in.view(std::min<size_t>(in.u8(), in.remaining()))));
        while (agent_.pollReceived(out)) {
        }
      }
    }
  }

  void receive(const SocketAddress& from, ByteView bytes) {
    static_cast<void>(agent_.receive(now_, {Protocol::kUdp, base_, from}, pool_.copy(bytes)));
  }
  void receiveMdns(ByteView bytes) {
    static_cast<void>(agent_.receive(
        now_, {Protocol::kUdp, ice::mdnsRoute().local, {IpAddress::v4(192, 0, 2, 2), 5353}}, pool_.copy(bytes)));
  }

  void request(const SocketAddress& from, ByteReader& in) {
    Bytes out(600);
    stun::TransactionId id{};
    id[0] = in.u8();
    stun::MessageWriter writer(out, stun::Class::kRequest, stun::Method::kBinding, id);
    const std::string username = agent_.localCredentials().ufrag + ":" + peer_.ufrag;
    writer.text(stun::AttributeType::kUsername, username);
    const uint8_t what = in.u8();
    if (what & 1) writer.u32(stun::AttributeType::kPriority, in.u32());
    if (what & 2) writer.flag(stun::AttributeType::kUseCandidate);
    if (what & 4) writer.u64(stun::AttributeType::kIceControlling, in.u64());
    if (what & 8) writer.u64(stun::AttributeType::kIceControlled, in.u64());
    if (what & 16) {
      const auto type = static_cast<stun::AttributeType>(in.u16());
      writer.bytes(type, in.view(std::min<size_t>(in.u8(), in.remaining())));
    }
    writer.integrity(stun::IntegrityKey::shortTerm(agent_.localCredentials().password));
    if (what & 32) writer.fingerprint();
    if (writer.ok()) receive(from, writer.written());
  }

  void answerLast(const SocketAddress& from, bool honest) {
    stun::Message m;
    if (!lastSent_ || !stun::Message::parse(lastSent_.view(), m)) return;
    Bytes out(300);
    const auto key = stun::IntegrityKey::shortTerm(peer_.password);
    stun::MessageWriter writer(out, stun::Class::kSuccess, m.method(), m.transactionId());
    writer.xorAddress(stun::AttributeType::kXorMappedAddress, honest ? base_ : from);
    if (honest && agent_.cargo().mayCarry()) writer.flag(stun::AttributeType::kDtlsInStunAcknowledgement);
    writer.integrity(key).fingerprint();
    out.resize(writer.size());
    receive(from, out);
  }
  void refuseLast(const SocketAddress& from, uint8_t which) {
    constexpr stun::ErrorNumber kNumbers[] = {stun::ErrorNumber::kBadRequest, stun::ErrorNumber::kUnauthenticated,
                                              stun::ErrorNumber::kRoleConflict, stun::ErrorNumber::kServerError};
    stun::Message m;
    if (!lastSent_ || !stun::Message::parse(lastSent_.view(), m)) return;
    Bytes out(300);
    const auto key = stun::IntegrityKey::shortTerm(peer_.password);
    out.resize(stun::writeError(out, m, kNumbers[which % 4], which & 4 ? nullptr : &key));
    receive(from, out);
  }

  void drain() {
    Transmit out;
    for (int n = 0; agent_.pollTransmit(now_, out); ++n) {
      if (n > 1000) std::abort();
      if (stun::looksLikeStun(out.packet.view()) && out.packet.data()[0] == 0) lastSent_ = std::move(out.packet);
    }
    IoRequest request;
    while (agent_.pollIoRequest(request)) {
      if (const auto* open = std::get_if<OpenUdp>(&request)) {
        openId_ = open->id;
        agent_.handleIoResult(now_, UdpOpened{open->id, {base_}});
      } else if (const auto* listen = std::get_if<ListenTcp>(&request)) {
        agent_.handleIoResult(now_, TcpListening{listen->id, {listening_}});
      } else if (const auto* stream = std::get_if<OpenStream>(&request)) {
        const Route route{Protocol::kTcp, {base_.ip, 40001}, stream->remote};
        const bool refused = stream->remote.port % 2 != 0;
        agent_.handleIoResult(
            now_, StreamOpened{stream->id, refused ? Result<Route>(ErrorCode::kIo, "refused") : Result<Route>(route)});
      }
    }
    while (agent_.pollEvent()) {
    }
    for (PacketBuffer cargo; agent_.cargo().take(cargo);) agent_.cargo().finish(cargo.size() % 2 == 0);
  }

  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  SeededRandom random_{1};
  PacketPool pool_;
  ice::Agent agent_{config(), random_, pool_};
  const ice::Credentials peer_{"peer", "abcdefghijklmnopqrstuv"};
  const SocketAddress base_{IpAddress::v4(192, 0, 2, 1), 40000};
  const SocketAddress listening_{IpAddress::v4(192, 0, 2, 1), 40002};
  uint32_t openId_ = 0;
  const SocketAddress remote_{IpAddress::v4(192, 0, 2, 2), 9};
  PacketBuffer lastSent_;
  int stuck_ = 0;
};

inline void fuzzIceAgent(ByteView data) {
  IceAgentFuzz().run(data);
}

}  // namespace tincan::inline v0::fuzz

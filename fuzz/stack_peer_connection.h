#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::fuzz {

/// A PeerConnection in virtual time. The first byte chooses how far it got; then come steps, each of an action, a length
/// and that many bytes: packets of any sender, signalling text, time.
inline void fuzzStackPeerConnection(ByteView data) {
  using namespace stack;
  if (data.empty()) return;
  // A key for every input costs too much: one identity, made once.
  static const auto identity = [] {
    SeededRandom random(1);
    return std::make_shared<const crypto::Identity>(
        crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());
  }();
  SeededRandom random(2);
  PacketPool pool;
  RTCConfiguration configuration;
  configuration.certificates = {identity};
  const auto make = [&] {
    return PeerConnection::create(configuration, {random, pool, 1'700'000'000'000'000}).value();
  };
  const auto pc = make(), other = make();
  TimePoint now;
  const Route route{Protocol::kUdp, SocketAddress::parse("192.0.2.1:5000").value(),
                    SocketAddress::parse("192.0.2.2:6000").value()};
  const auto drain = [&](PeerConnection& which) {
    Transmit out;
    IoRequest request;
    for (int round = 0;; ++round) {
      if (round > 1'000) std::abort();  // never quiet
      bool busy = false;
      while (which.pollTransmit(now, out)) busy = true;
      while (which.pollIoRequest(request)) {
        busy = true;
        if (auto* open = std::get_if<OpenUdp>(&request)) which.handleIoResult(now, UdpOpened{open->id, {route.local}});
      }
      if (!which.dispatchEvents(now) && !busy) return;
    }
  };
  const uint8_t state = data[0];
  if (state & 1) (void)pc->addTransceiver(MediaKind::kVideo).ok();
  if (state & 2) (void)pc->createDataChannel("x").ok();
  if (state & 4) (void)pc->setLocalDescription().ok();
  if ((state & 12) == 12) {
    (void)other->setRemoteDescription(*pc->localDescription()).ok();
    (void)other->setLocalDescription().ok();
    if (auto answer = other->localDescription()) (void)pc->setRemoteDescription(*answer).ok();
    if ((state & 3) != 0 && pc->signalingState() != RTCSignalingState::kStable) std::abort();  // nothing hostile yet
  }
  drain(*pc);
  for (size_t at = 1; at + 2 <= data.size();) {
    const uint8_t action = data[at];
    const ByteView bytes = data.subspan(at + 2, std::min<size_t>(data[at + 1] * 8u, data.size() - at - 2));
    at += 2 + bytes.size();
    const std::string text(asText(bytes));
    switch (action % 8) {
      case 0:
      case 1:
        if (PacketBuffer packet = pool.allocate(); packet && packet.append(bytes))
          pc->receive(now, route, std::move(packet));
        break;
      case 2: (void)pc->setRemoteDescription({static_cast<RTCSdpType>(action / 8 % 4), text}).ok(); break;
      case 3: (void)pc->addIceCandidate({text, "0", {}, {}}).ok(); break;
      case 4: (void)pc->setLocalDescription().ok(); break;
      case 5:
        if (action > 127) pc->restartIce();
        (void)pc->setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok();
        break;
      case 6:
        now = now + Duration::millis(action * 10);
        pc->handleTimeout(now);
        break;
      case 7:
        if (action == 255)
          pc->close();
        else
          (void)pc->createOffer({.iceRestart = action > 127}).ok();
        break;
    }
    drain(*pc);
    if (pc->remoteDescription() && pc->remoteDescription()->sdp.size() > (1u << 22)) std::abort();  // it has a bound
  }
}

}  // namespace tincan::inline v0::fuzz

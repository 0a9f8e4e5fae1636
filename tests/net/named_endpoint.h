#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "net/stun_peek.h"

namespace tincan::inline v0::net {

inline Bytes stunMessage(uint16_t type, uint8_t id, std::string_view username = {}) {
  ByteBuilder out;
  out.u16(type).u16(static_cast<uint16_t>(username.empty() ? 0 : 4 + (username.size() + 3) / 4 * 4)).u32(0x2112A442);
  out.bytes(Bytes(11, 0)).u8(id);
  if (!username.empty()) {
    out.u16(6).u16(static_cast<uint16_t>(username.size())).bytes(asBytes(username));
    out.bytes(Bytes((4 - username.size() % 4) % 4));
  }
  return out.take();
}

inline constexpr uint16_t kRequest = 0x0001, kSuccess = 0x0101, kError = 0x0111;

/// Answers to one name, and echoes what is no STUN.
class NamedEndpoint final : public Endpoint {
 public:
  explicit NamedEndpoint(std::string itsName) : name(std::move(itsName)) { requests.push_back(OpenUdp{1, {}}); }

  void receive(TimePoint, const Route& from, PacketBuffer packet) override {
    const auto stun = StunPeek::read(packet.view());
    ++(stun ? checks : others);
    if (!stun && sink != nullptr) {
      ++*sink;
      return;
    }
    if (!stun) {
      transmits.push_back({from, std::move(packet)});
      return;
    }
    packet.data()[0] = 1, packet.data()[1] = 1;  // a success
    transmits.push_back({from, std::move(packet)});
  }
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  bool pollTransmit(TimePoint, Transmit& out) override { return take(transmits, out); }
  bool pollIoRequest(IoRequest& out) override { return take(requests, out); }
  void handleIoResult(TimePoint, IoResult result) override {
    if (const auto* opened = std::get_if<UdpOpened>(&result)) locals = opened->locals;
  }
  bool dispatchEvents(TimePoint) override { return false; }
  std::array<std::string_view, 2> ufrags() const override {
    ++asked;
    return {name, secondName};
  }

  std::deque<Transmit> transmits;
  std::deque<IoRequest> requests;
  std::vector<SocketAddress> locals;
  int checks = 0, others = 0;
  mutable int asked = 0;                ///< how often it was asked for its names
  std::string name, secondName;         ///< two, as after an ICE restart
  std::atomic<size_t>* sink = nullptr;  ///< counts what is no STUN, instead of an echo

 private:
  template <class T>
  static bool take(std::deque<T>& from, T& out) {
    if (from.empty()) return false;
    out = std::move(from.front());
    from.pop_front();
    return true;
  }
};

}  // namespace tincan::inline v0::net

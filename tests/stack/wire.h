#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "stack/transport.h"

namespace tincan::inline v0::stack {

/// Two transports on a wire without delay.
class Wire {
 public:
  /// Without `dtls` neither end knows of the other's role and certificate until describe().
  explicit Wire(crypto::Engine engine = crypto::Engine::kAuto, const SecuritySettings& security = {},
                bool dtls = true) {
    for (int i = 0; i < 2; ++i) {
      identities_.push_back(std::make_unique<crypto::Identity>(
          crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random_, 1'700'000'000).value()));
    }
    for (int i = 0; i < 2; ++i) {
      ice::AgentConfig config;
      config.role = i == 0 ? ice::Role::kControlling : ice::Role::kControlled;
      rtp::SrtpConfig srtp;
      srtp.engine = engine;
      ends_[i] = std::make_unique<Transport>(std::move(config), security, *identities_[i], random_, pool_, srtp);
    }
    for (int i = 0; i < 2; ++i) {
      ends_[i]->setRemoteIce(now_, {ends_[1 - i]->localCredentials()});
      ends_[i]->gather(now_);
      if (dtls) describe(i);
    }
  }
  void describe(int i) {
    ends_[i]->setDtlsParameters(now_, i == 0 ? dtls::Role::kClient : dtls::Role::kServer,
                                {identities_[1 - i]->certificate().fingerprint(crypto::HashAlgorithm::kSha256)});
  }

  /// What this end sends is lost.
  bool muted[2] = {false, false};

  Transport& operator[](int i) { return *ends_[i]; }
  PacketPool& pool() { return pool_; }
  RandomSource& random() { return random_; }
  TimePoint now() const { return now_; }
  void advance(Duration by) { now_ = now_ + by; }

  bool connect() {
    for (int turns = 0; turns < 1000; ++turns) {
      if (ends_[0]->mediaReady() && ends_[1]->mediaReady()) return true;
      turn();
    }
    return false;
  }
  void turn() {
    const bool first = drain(0);
    const bool second = drain(1);
    if (!first && !second) now_ = std::max(now_, earlier(ends_[0]->nextTimeout(), ends_[1]->nextTimeout()));
    for (auto& end : ends_) end->handleTimeout(now_);
  }
  /// What one end sends arrives at the other; true when there was something.
  bool carry(int from) {
    bool moved = false;
    Transmit out;
    while (ends_[from]->pollTransmit(now_, out)) {
      if (muted[from]) continue;
      const Route route{Protocol::kUdp, out.route.remote, out.route.local};
      ends_[1 - from]->receive(now_, route, std::move(out.packet));
      moved = true;
    }
    return moved;
  }

 private:
  bool drain(int i) {
    bool moved = carry(i);
    IoRequest request;
    while (ends_[i]->pollIoRequest(request)) {
      if (auto* open = std::get_if<OpenUdp>(&request)) {
        const SocketAddress local{IpAddress::v4(10, 0, 0, static_cast<uint8_t>(i + 1)), 5000};
        ends_[i]->handleIoResult(now_, UdpOpened{open->id, {local}});
      }
      moved = true;
    }
    while (auto event = ends_[i]->pollEvent()) {
      const auto* iceEvent = std::get_if<ice::Event>(&*event);
      const auto* gathered = iceEvent ? std::get_if<ice::CandidateGathered>(iceEvent) : nullptr;
      if (gathered) ends_[1 - i]->addRemoteCandidate(now_, gathered->candidate);
      moved = true;
    }
    return moved;
  }

  SeededRandom random_{5};
  PacketPool pool_;
  std::vector<std::unique_ptr<crypto::Identity>> identities_;
  std::unique_ptr<Transport> ends_[2];
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

}  // namespace tincan::inline v0::stack

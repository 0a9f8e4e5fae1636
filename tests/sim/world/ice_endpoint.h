#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "ice/agent.h"
#include "tests/sim/world/world.h"

namespace tincan::inline v0::sim {

/// An ICE agent by itself on a host of a World: candidates trickle to `other`, data is text.
class IceEndpoint final : public Endpoint {
 public:
  IceEndpoint(World& world, Host& host, ice::AgentConfig config)
      : world_(world), agent(std::move(config), world.newRandom(), world.pool()) {
    world.attach(host, *this);
  }
  ~IceEndpoint() override { world_.detach(*this); }

  void connectTo(IceEndpoint& peer) {
    other = &peer;
    agent.setRemoteCredentials(world_.now(), peer.agent.localCredentials());
    agent.gather(world_.now());
    wake();
  }
  void sendText(std::string_view text) {
    Transmit out;
    if (agent.send(world_.now(), world_.pool().copy(asBytes(text)), out)) transmits_.push_back(std::move(out));
    wake();
  }
  void close() {
    agent.close();
    wake();
  }
  const ice::Candidate* candidate(ice::CandidateType type) const {
    for (const auto& c : candidates) {
      if (c.type == type) return &c;
    }
    return nullptr;
  }
  bool gathered() const { return agent.gatheringState() == ice::GatheringState::kComplete; }

 private:
  World& world_;

 public:
  ice::Agent agent;
  IceEndpoint* other = nullptr;
  Duration signalling = Duration::zero();  ///< until what is told arrives
  std::vector<ice::Candidate> candidates;
  std::vector<ice::CandidateError> errors;
  std::vector<std::string> texts;

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override {
    PacketBuffer inner = agent.receive(now, route, std::move(packet));
    while (inner) {
      texts.emplace_back(asText(inner.view()));
      inner.reset();
      (void)agent.pollReceived(inner);
    }
  }
  void handleTimeout(TimePoint now) override { agent.handleTimeout(now); }
  TimePoint nextTimeout() const override { return agent.nextTimeout(); }
  bool pollTransmit(TimePoint now, Transmit& out) override {
    if (transmits_.empty()) return agent.pollTransmit(now, out);
    out = std::move(transmits_.front());
    transmits_.pop_front();
    return true;
  }
  bool pollIoRequest(IoRequest& out) override { return agent.pollIoRequest(out); }
  void handleIoResult(TimePoint now, IoResult result) override { agent.handleIoResult(now, result); }
  bool dispatchEvents(TimePoint) override {
    bool any = false;
    while (auto event = agent.pollEvent()) {
      any = true;
      if (auto* found = std::get_if<ice::CandidateGathered>(&*event)) {
        candidates.push_back(found->candidate);
        tellOther([candidate = found->candidate](ice::Agent& theirs, TimePoint at) {
          theirs.addRemoteCandidate(at, candidate);
        });
      } else if (auto* error = std::get_if<ice::CandidateError>(&*event)) {
        errors.push_back(*error);
      } else if (auto* changed = std::get_if<ice::GatheringStateChanged>(&*event)) {
        if (changed->state != ice::GatheringState::kComplete) continue;
        tellOther([](ice::Agent& theirs, TimePoint at) { theirs.endOfRemoteCandidates(at); });
      }
    }
    return any;
  }
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }
  void wake() {
    if (wake_) wake_();
  }

 private:
  void tellOther(std::function<void(ice::Agent&, TimePoint)> what) {
    if (other == nullptr) return;
    const auto arrive = [this, what = std::move(what)] {
      what(other->agent, world_.now());
      other->wake();
    };
    if (signalling == Duration::zero()) return arrive();
    world_.after(signalling, arrive);
  }

  std::deque<Transmit> transmits_;
  std::function<void()> wake_;
};

}  // namespace tincan::inline v0::sim

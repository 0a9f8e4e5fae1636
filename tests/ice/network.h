#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "ice/agent.h"
#include "ice/mdns.h"
#include "stun/message.h"
#include "stun/message_writer.h"
#include "stun/response.h"

namespace tincan::ice::testing {

inline IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
inline SocketAddress at(std::string_view text) {
  return SocketAddress::parse(text).value();
}

/// An agent, its addresses, and what it told its user.
struct Node {
  Node(AgentConfig config, uint64_t seed, PacketPool& pool, std::vector<IpAddress> ips)
      : random(seed), agent(std::make_unique<Agent>(std::move(config), random, pool)), addresses(std::move(ips)) {}

  SeededRandom random;
  std::unique_ptr<Agent> agent;
  std::vector<IpAddress> addresses;
  std::optional<IpAddress>
      natAddress;  ///< packets to the outside come from here, port for port, and only answers come in
  std::set<std::pair<uint16_t, SocketAddress>> natOpen;

  uint16_t nextPort = 40000;
  std::vector<Candidate> candidates;
  std::vector<CandidateError> errors;
  std::vector<State> states;
  std::vector<std::string> data;
  std::vector<SocketAddress> bound;
  size_t pairChanges = 0;
  bool gathered = false;
  Node* trickleTo = nullptr;
};

/// A small network in virtual time: a fixed delay, a loss rate, NATs of the port-restricted kind, STUN servers, names.
class Network {
 public:
  explicit Network(uint64_t seed = 1) : random_(seed) {}

  Node& add(std::vector<IpAddress> addresses, AgentConfig config = {}) {
    nodes_.push_back(std::make_unique<Node>(std::move(config), ++seed_, pool, std::move(addresses)));
    return *nodes_.back();
  }

  TimePoint now = TimePoint::fromMicros(1'000'000);
  PacketPool pool;
  Duration delay = Duration::millis(10);
  double loss = 0;
  std::set<SocketAddress> stunServers;
  std::map<std::string, Result<std::vector<IpAddress>>> names;
  std::map<std::string, IpAddress> mdnsNames;
  /// Sees every packet when it is sent; true drops it.
  std::function<bool(const Transmit&)> tap;

  /// Does all that is due, then goes to the next moment at which something is, up to `until`.
  void runUntil(TimePoint until) {
    for (size_t quiet = 0;;) {
      drain();
      const TimePoint next = nextTime();
      if (next > until) break;
      // A deadline that does not move would turn this into an endless loop.
      quiet = next <= now ? quiet + 1 : 0;
      if (quiet > 10000) throw std::runtime_error("time stands still");
      now = std::max(now, next);
      deliver();
      for (auto& node : nodes_) {
        if (node->agent->nextTimeout() <= now) node->agent->handleTimeout(now);
      }
    }
    now = std::max(now, until);
  }
  void run(Duration time) { runUntil(now + time); }
  /// False when `done` did not become true in time; `now` is when it did.
  bool runUntilTrue(Duration time, const std::function<bool()>& done) {
    const TimePoint end = now + time;
    while (true) {
      drain();
      if (done()) return true;
      const TimePoint next = nextTime();
      if (next > end) return false;
      runUntil(std::max(next, now));
      if (done()) return true;
    }
  }

  /// A packet from anywhere, at once.
  void inject(Node& node, const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
    PacketBuffer out = node.agent->receive(now, {Protocol::kUdp, to, from}, pool.copy(bytes));
    if (out) node.data.emplace_back(asText(out.view()));
  }
  bool sendData(Node& node, std::string_view text) {
    Transmit out;
    if (!node.agent->send(now, pool.copy(asBytes(text)), out)) return false;
    transmit(node, std::move(out));
    return true;
  }
  void drain() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& node : nodes_) {
        Transmit out;
        while (node->agent->pollTransmit(now, out)) {
          busy = true;
          transmit(*node, std::move(out));
        }
        IoRequest request;
        while (node->agent->pollIoRequest(request)) {
          busy = true;
          answer(*node, request);
        }
        while (auto event = node->agent->pollEvent()) {
          busy = true;
          tell(*node, *event);
        }
      }
    }
  }

 private:
  struct Flight {
    Route route;  ///< as the receiver sees it
    Bytes bytes;
  };

  TimePoint nextTime() const {
    TimePoint next = flights_.empty() ? TimePoint::never() : flights_.begin()->first;
    for (const auto& node : nodes_) next = earlier(next, node->agent->nextTimeout());
    return next;
  }

  void transmit(Node& node, Transmit out) {
    if (tap && tap(out)) return;
    Flight flight{{Protocol::kUdp, out.route.remote, out.route.local}, toBytes(out.packet.view())};
    if (out.route == mdnsRoute()) {
      flight.route.local = out.route.remote;
      flight.route.remote = {node.addresses.front(), kMdnsPort};
    } else if (node.natAddress && !owns(node, out.route.remote.ip)) {
      node.natOpen.insert({out.route.local.port, out.route.remote});
      flight.route.remote.ip = *node.natAddress;
    }
    if (static_cast<double>(random_.below(10000)) < loss * 10000) return;
    flights_.emplace(now + delay, std::move(flight));
  }

  static bool owns(const Node& node, const IpAddress& address) {
    return std::find(node.addresses.begin(), node.addresses.end(), address) != node.addresses.end();
  }

  void deliver() {
    while (!flights_.empty() && flights_.begin()->first <= now) {
      Flight flight = std::move(flights_.begin()->second);
      flights_.erase(flights_.begin());
      if (flight.route.local == mdnsRoute().remote) {
        answerMdns(flight);
      } else if (stunServers.count(flight.route.local)) {
        answerStun(flight);
      } else {
        hand(flight);
      }
    }
  }

  void hand(Flight& flight) {
    for (auto& node : nodes_) {
      if (node->natAddress == flight.route.local.ip) {
        if (!node->natOpen.count({flight.route.local.port, flight.route.remote})) return;
        for (const SocketAddress& bound : node->bound) {
          if (bound.port == flight.route.local.port) flight.route.local = bound;
        }
      } else if (node->natAddress || !owns(*node, flight.route.local.ip)) {
        continue;
      }
      if (std::find(node->bound.begin(), node->bound.end(), flight.route.local) == node->bound.end()) return;
      inject(*node, flight.route.remote, flight.route.local, flight.bytes);
      return;
    }
  }

  void answerStun(const Flight& flight) {
    stun::Message request;
    if (!stun::Message::parse(flight.bytes, request) || request.messageClass() != stun::Class::kRequest) return;
    Bytes out(200);
    out.resize(stun::writeBindingSuccess(out, request, flight.route.remote, nullptr));
    if (static_cast<double>(random_.below(10000)) < loss * 10000) return;
    flights_.emplace(now + delay, Flight{{Protocol::kUdp, flight.route.remote, flight.route.local}, std::move(out)});
  }

  void answerMdns(const Flight& flight) {
    for (const auto& [name, address] : mdnsNames) {
      Bytes question(512);
      ByteWriter writer(question);
      const auto type = address.isV4() ? DnsType::kA : DnsType::kAaaa;
      if (!writeMdnsQuery(writer, name, type) || !equalBytes(writer.written(), flight.bytes)) continue;
      for (auto& node : nodes_) inject(*node, {address, kMdnsPort}, mdnsRoute().local, mdnsAnswer(name, address));
    }
  }

 public:
  static Bytes mdnsAnswer(std::string_view name, const IpAddress& address) {
    Bytes question(512);
    ByteWriter writer(question);
    const auto type = address.isV4() ? DnsType::kA : DnsType::kAaaa;
    static_cast<void>(writeMdnsQuery(writer, name, type));
    const ByteView owner = writer.written().subspan(12, writer.size() - 16);
    ByteBuilder out;
    out.u16(0).u16(0x8400).u16(0).u16(1).u16(0).u16(0).bytes(owner);
    out.u16(static_cast<uint16_t>(type)).u16(0x8001).u32(120).prefixed(2, [&] { out.bytes(address.bytes()); });
    return out.take();
  }

 private:
  void answer(Node& node, const IoRequest& request) {
    if (const auto* open = std::get_if<OpenUdp>(&request)) {
      UdpOpened opened{open->id, {}};
      for (const IpAddress& address : node.addresses) {
        if (!open->local.ip.isSpecified() || open->local.ip == address) {
          opened.locals.push_back({address, node.nextPort++});
        }
      }
      node.bound.insert(node.bound.end(), opened.locals.begin(), opened.locals.end());
      node.agent->handleIoResult(now, opened);
    } else if (const auto* resolve = std::get_if<ResolveHost>(&request)) {
      const auto it = names.find(resolve->host);
      const Result<std::vector<IpAddress>> none(ErrorCode::kIo, "host not found");
      node.agent->handleIoResult(now, HostResolved{resolve->id, it == names.end() ? none : it->second});
    } else if (std::holds_alternative<CloseSockets>(request)) {
      node.bound.clear();
    }
  }

  void tell(Node& node, const Event& event) {
    if (const auto* c = std::get_if<CandidateGathered>(&event)) {
      node.candidates.push_back(c->candidate);
      if (node.trickleTo) node.trickleTo->agent->addRemoteCandidate(now, c->candidate);
    } else if (const auto* g = std::get_if<GatheringStateChanged>(&event)) {
      node.gathered = g->state == GatheringState::kComplete;
      if (node.gathered && node.trickleTo) node.trickleTo->agent->endOfRemoteCandidates(now);
    } else if (const auto* s = std::get_if<StateChanged>(&event)) {
      node.states.push_back(s->state);
    } else if (const auto* e = std::get_if<CandidateError>(&event)) {
      node.errors.push_back(*e);
    } else {
      ++node.pairChanges;
    }
  }

  SeededRandom random_;
  uint64_t seed_ = 100;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::multimap<TimePoint, Flight> flights_;
};

inline AgentConfig role(Role r) {
  AgentConfig config;
  config.role = r;
  return config;
}

/// Credentials both ways, candidates as they come.
inline void introduce(Network& net, Node& a, Node& b) {
  a.trickleTo = &b;
  b.trickleTo = &a;
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
}

inline bool up(const Node& n) {
  return n.agent->state() == State::kConnected || n.agent->state() == State::kCompleted;
}
inline bool nominated(const Node& n) {
  const auto pair = n.agent->selectedPair();
  return pair && pair->nominated;
}

}  // namespace tincan::ice::testing

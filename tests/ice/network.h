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

namespace tincan::inline v0::ice::testing {

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
  std::vector<SocketAddress> listening;  ///< for TCP
  uint32_t openId = 0;                   ///< of the last OpenUdp
  size_t pairChanges = 0;
  bool gathered = false;
  Node* trickleTo = nullptr;
};

/// A small network in virtual time: a fixed delay, a loss rate, NATs of the port-restricted kind, STUN servers, names;
/// TCP that loses nothing and cuts what it carries anywhere.
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
  /// An interface goes: nothing leaves or reaches its address any more, and the driver says so.
  void removeAddress(Node& node, const IpAddress& address) {
    UdpClosed closed;
    std::erase(node.addresses, address);
    std::erase_if(node.bound, [&](const SocketAddress& bound) {
      if (bound.ip == address) closed.locals.push_back(bound);
      return bound.ip == address;
    });
    node.agent->handleIoResult(now, closed);
  }
  void addAddress(Node& node, const IpAddress& address) {
    node.addresses.push_back(address);
    node.bound.push_back({address, node.nextPort++});
    node.agent->handleIoResult(now, UdpOpened{node.openId, {node.bound.back()}});
  }
  void later(Duration after, std::function<void()> step) { steps_.emplace(now + after, std::move(step)); }
  size_t streamCount() const { return streams_.size(); }
  /// As if both ends had been reset.
  void cutStreams() {
    for (const Stream& stream : std::exchange(streams_, {})) {
      for (const End& end : stream.ends) tellLater(*end.node, Duration::zero(), StreamClosed{end.route});
    }
  }
  void tellLater(Node& node, Duration after, IoResult result) {
    steps_.emplace(now + after, [this, &node, result = std::move(result)] { node.agent->handleIoResult(now, result); });
  }

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
  void injectStream(Node& node, const Route& route, ByteView chunk) {
    PacketBuffer out = node.agent->receive(now, route, pool.copy(chunk));
    for (; out; static_cast<void>(node.agent->pollReceived(out))) {
      node.data.emplace_back(asText(out.view()));
      out.reset();
    }
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
  struct End {
    Node* node = nullptr;
    Route route;
  };
  struct Stream {
    uint64_t id = 0;
    End ends[2];
  };

  TimePoint nextTime() const {
    TimePoint next = flights_.empty() ? TimePoint::never() : flights_.begin()->first;
    if (!steps_.empty()) next = earlier(next, steps_.begin()->first);
    for (const auto& node : nodes_) next = earlier(next, node->agent->nextTimeout());
    return next;
  }

  void transmit(Node& node, Transmit out) {
    if (tap && tap(out)) return;
    if (out.route.protocol != Protocol::kUdp) return transmitStream(node, out);
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

  Stream* streamOf(const Node& node, const Route& route, size_t& end) {
    for (Stream& stream : streams_) {
      for (end = 0; end < 2; ++end) {
        if (stream.ends[end].node == &node && stream.ends[end].route == route) return &stream;
      }
    }
    return nullptr;
  }

  void transmitStream(Node& node, const Transmit& out) {
    size_t end = 0;
    const Stream* stream = streamOf(node, out.route, end);
    if (!stream) return;
    ByteView rest = out.packet.view();
    while (!rest.empty()) {
      const size_t size = 1 + random_.below(rest.size());
      steps_.emplace(now + delay, [this, id = stream->id, end, chunk = toBytes(rest.first(size))] {
        for (Stream& each : streams_) {
          if (each.id == id) return injectStream(*each.ends[1 - end].node, each.ends[1 - end].route, chunk);
        }
      });
      rest = rest.subspan(size);
    }
  }

  void connect(Node& node, const OpenStream& open) {
    for (auto& other : nodes_) {
      const auto& ports = other->listening;
      if (std::find(ports.begin(), ports.end(), open.remote) == ports.end()) continue;
      const auto from = std::find_if(node.addresses.begin(), node.addresses.end(), [&](const IpAddress& address) {
        return address.family() == open.remote.ip.family();
      });
      if (from == node.addresses.end()) break;
      const SocketAddress local{*from, node.nextPort++};
      Stream& stream = streams_.emplace_back();
      stream.id = ++lastStream_;
      stream.ends[0] = {&node, {Protocol::kTcp, local, open.remote}};
      stream.ends[1] = {other.get(), {Protocol::kTcp, open.remote, local}};
      tellLater(*other, delay, StreamAccepted{stream.ends[1].route});
      return tellLater(node, delay * 2, StreamOpened{open.id, stream.ends[0].route});
    }
    tellLater(node, delay * 2, StreamOpened{open.id, Error(ErrorCode::kIo, "connection refused")});
  }

  void closeStream(Node& node, const Route& route) {
    size_t end = 0;
    const Stream* stream = streamOf(node, route, end);
    if (!stream) return;
    const End other = stream->ends[1 - end];
    std::erase_if(streams_, [&](const Stream& each) { return &each == stream; });
    tellLater(*other.node, delay, StreamClosed{other.route});
  }

  static bool owns(const Node& node, const IpAddress& address) {
    return std::find(node.addresses.begin(), node.addresses.end(), address) != node.addresses.end();
  }

  void deliver() {
    while (!steps_.empty() && steps_.begin()->first <= now) {
      const auto step = std::move(steps_.begin()->second);
      steps_.erase(steps_.begin());
      step();
      drain();
    }
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
    // To everybody on the same network but the sender.
    for (auto& node : nodes_) {
      if (node->addresses.empty() || node->addresses.front() == flight.route.remote.ip) continue;
      inject(*node, flight.route.remote, mdnsRoute().local, flight.bytes);
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
      node.openId = open->id;
      node.bound.insert(node.bound.end(), opened.locals.begin(), opened.locals.end());
      node.agent->handleIoResult(now, opened);
    } else if (const auto* resolve = std::get_if<ResolveHost>(&request)) {
      const auto it = names.find(resolve->host);
      const Result<std::vector<IpAddress>> none(ErrorCode::kIo, "host not found");
      node.agent->handleIoResult(now, HostResolved{resolve->id, it == names.end() ? none : it->second});
    } else if (const auto* listen = std::get_if<ListenTcp>(&request)) {
      TcpListening listening{listen->id, {}};
      for (const IpAddress& address : node.addresses) listening.locals.push_back({address, node.nextPort++});
      node.listening = listening.locals;
      node.agent->handleIoResult(now, listening);
    } else if (const auto* stream = std::get_if<OpenStream>(&request)) {
      connect(node, *stream);
    } else if (const auto* close = std::get_if<CloseStream>(&request)) {
      closeStream(node, close->route);
    } else if (std::holds_alternative<CloseSockets>(request)) {
      node.bound.clear();
      node.listening.clear();
      for (bool again = true; again;) {
        again = false;
        for (const Stream& each : streams_) {
          for (const End& end : each.ends) {
            if (end.node != &node || again) continue;
            again = true;
            closeStream(node, Route(end.route));
            break;
          }
          if (again) break;
        }
      }
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
  std::multimap<TimePoint, std::function<void()>> steps_;
  std::vector<Stream> streams_;
  uint64_t lastStream_ = 0;
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

}  // namespace tincan::inline v0::ice::testing

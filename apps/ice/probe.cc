#include "apps/ice/probe.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/bytes.h"
#include "net/os_random.h"
#include "net/timer.h"

namespace tincan::inline v0::apps {

namespace {

constexpr size_t kEchoes = 20;
constexpr Duration kEchoInterval = Duration::millis(20);
constexpr Duration kEchoPatience = Duration::seconds(2);
constexpr size_t kEchoSize = 1000;       // as long as a packet of video
constexpr uint8_t kEchoFirstByte = 128;  // RFC 7983 §7: what looks like RTP is nobody's but ours

Duration secondsOf(double seconds) {
  return Duration::micros(static_cast<int64_t>(seconds * 1e6));
}

}  // namespace

Probe::Probe(net::Loop& loop, const IceOptions& options) : loop_(loop), options_(options) {}

net::DriverConfig Probe::driverConfig() const {
  net::DriverConfig config;
  config.includeLoopback = options_.loopback;
  config.ipv6 = options_.ipv6;
  config.interfaces = options_.interfaces;
  if (!options_.certificates.empty()) {
    std::ifstream file(options_.certificates);
    config.extraCertificates.assign(std::istreambuf_iterator<char>(file), {});
  }
  return config;
}

Gathered Probe::gather(const std::vector<ice::ServerUrl>& servers, bool relayOnly,
                       const std::function<void(const ice::Event&)>& found) {
  Gathered out;
  net::OsRandom random;
  ice::AgentConfig config;
  config.servers = servers;
  config.relayOnly = relayOnly;
  AgentEndpoint::Callbacks callbacks;
  callbacks.event = [&](const ice::Event& event) {
    if (const auto* candidate = std::get_if<ice::CandidateGathered>(&event)) out.candidates.push_back(*candidate);
    if (const auto* error = std::get_if<ice::CandidateError>(&event)) out.errors.push_back(*error);
    if (found) found(event);
  };
  AgentEndpoint endpoint(config, random, loop_.pool(), std::move(callbacks));
  net::Driver driver(loop_, endpoint, driverConfig());
  const TimePoint begun = loop_.now();
  endpoint.agent().gather(begun);
  driver.wake();
  out.complete = loop_.runUntil([&] { return endpoint.agent().gatheringState() == ice::GatheringState::kComplete; },
                                secondsOf(options_.timeout));
  out.took = loop_.now() - begun;
  return out;
}

namespace {

/// Two agents in one process, each behind a relay.
class RelayedPair {
 public:
  RelayedPair(net::Loop& loop, const ice::ServerUrl& server, const net::DriverConfig& driverConfig) : loop_(loop) {
    for (size_t i = 0; i < 2; ++i) {
      ice::AgentConfig config;
      config.servers = {server};
      config.relayOnly = true;
      config.role = i == 0 ? ice::Role::kControlling : ice::Role::kControlled;
      AgentEndpoint::Callbacks callbacks;
      callbacks.event = [this, i](const ice::Event& event) { happened(i, event); };
      callbacks.data = [this, i](TimePoint now, const PacketBuffer& packet) { arrived(i, now, packet); };
      ends_[i] = std::make_unique<AgentEndpoint>(config, random_, loop.pool(), std::move(callbacks));
      drivers_[i] = std::make_unique<net::Driver>(loop, *ends_[i], driverConfig);
    }
    for (size_t i = 0; i < 2; ++i) {
      ends_[i]->agent().setRemoteCredentials(loop.now(), ends_[1 - i]->agent().localCredentials());
      ends_[i]->agent().gather(loop.now());
      drivers_[i]->wake();
    }
  }

  ~RelayedPair() {
    for (auto& each : drivers_) each.reset();  // before what they drive
  }

  bool connected() const {
    return std::all_of(ends_.begin(), ends_.end(), [](const auto& each) {
      const ice::State state = each->agent().state();
      return state == ice::State::kConnected || state == ice::State::kCompleted;
    });
  }

  bool send(uint8_t number) {
    sentAt_[number] = loop_.now();
    Bytes bytes(kEchoSize, number);
    bytes[0] = kEchoFirstByte;
    return ends_[0]->send(loop_.now(), loop_.pool().copy(bytes));
  }

  const std::vector<Duration>& roundTrips() const { return roundTrips_; }

 private:
  void happened(size_t i, const ice::Event& event) {
    const auto* gathered = std::get_if<ice::CandidateGathered>(&event);
    if (gathered == nullptr) return;
    ends_[1 - i]->agent().addRemoteCandidate(loop_.now(), gathered->candidate);
    drivers_[1 - i]->wake();
  }

  void arrived(size_t i, TimePoint now, const PacketBuffer& packet) {
    if (packet.size() != kEchoSize) return;
    if (i == 1) {
      ends_[1]->send(now, loop_.pool().copy(packet.view()));
      return;
    }
    const uint8_t number = packet.view()[1];
    if (number < kEchoes) roundTrips_.push_back(now - sentAt_[number]);
  }

  net::Loop& loop_;
  net::OsRandom random_;
  std::array<std::unique_ptr<AgentEndpoint>, 2> ends_;
  std::array<std::unique_ptr<net::Driver>, 2> drivers_;
  std::array<TimePoint, kEchoes> sentAt_;
  std::vector<Duration> roundTrips_;
};

}  // namespace

RelayEcho Probe::echoThroughRelay(const ice::ServerUrl& server) {
  RelayEcho out;
  RelayedPair pair(loop_, server, driverConfig());
  out.connected = loop_.runUntil([&] { return pair.connected(); }, secondsOf(options_.timeout));
  if (!out.connected) return out;
  for (uint8_t i = 0; i < kEchoes; ++i) {
    if (pair.send(i)) ++out.sent;
    loop_.runUntil([] { return false; }, kEchoInterval);
  }
  loop_.runUntil([&] { return pair.roundTrips().size() >= out.sent; }, kEchoPatience);
  std::vector<Duration> trips = pair.roundTrips();
  out.returned = trips.size();
  if (trips.empty()) return out;
  std::nth_element(trips.begin(), trips.begin() + static_cast<std::ptrdiff_t>(trips.size() / 2), trips.end());
  out.roundTrip = trips[trips.size() / 2];
  return out;
}

}  // namespace tincan::inline v0::apps

#include "tests/sim/world/world.h"

#include <algorithm>

namespace tincan::inline v0::sim {
namespace {

constexpr int kMaxDrainRounds = 100'000;  // of one endpoint at one moment
constexpr int kMaxTimeoutsAtOnce = 10'000;

}  // namespace

World::World(uint64_t seed)
    : seed_(seed), seedTrace_(__FILE__, __LINE__, "World seed " + std::to_string(seed)), random_(seed) {
  addRealm("internet");
}

World::~World() = default;

RandomSource& World::newRandom() {
  randoms_.push_back(std::make_unique<SeededRandom>(random_.u64()));
  return *randoms_.back();
}

// ---- what there is ----

IpAddress World::parse(std::string_view address) {
  const Result<IpAddress> ip = IpAddress::parse(address);
  if (!ip) ADD_FAILURE() << "not an address: " << address;
  return ip ? *ip : IpAddress();
}

Realm& World::addRealm(std::string name) {
  realms_.push_back(std::make_unique<Realm>());
  realms_.back()->name = std::move(name);
  return *realms_.back();
}

Host& World::placeHost(std::string name, std::string_view address, Realm& realm, LinkConfig link) {
  hosts_.push_back(std::unique_ptr<Host>(new Host(std::move(name), realm, link)));
  hosts_.back()->addAddress(parse(address));
  return *hosts_.back();
}

Host& World::addHost(std::string name, std::string_view address, LinkConfig link) {
  return placeHost(std::move(name), address, internet(), link);
}

Host& World::addHost(std::string name, std::string_view address, NatBox& behind, LinkConfig link) {
  return placeHost(std::move(name), address, behind.inside, link);
}

NatBox& World::placeNat(std::string name, std::string_view outside, Realm& realm, NatConfig config, LinkConfig link) {
  Realm& inside = addRealm(name);
  boxes_.push_back(std::make_unique<NatBox>(std::move(name), inside, realm, Nat(parse(outside), config), link));
  NatBox& box = *boxes_.back();
  inside.gateway = &box;
  realm.boxes[box.nat.outside()] = &box;
  return box;
}

NatBox& World::addNat(std::string name, std::string_view outside, NatConfig config, LinkConfig link) {
  return placeNat(std::move(name), outside, internet(), config, link);
}

NatBox& World::addNat(std::string name, std::string_view outside, NatBox& behind, NatConfig config, LinkConfig link) {
  return placeNat(std::move(name), outside, behind.inside, config, link);
}

void World::addName(std::string name, std::vector<std::string_view> addresses) {
  std::vector<IpAddress>& list = names_[std::move(name)];
  for (const std::string_view address : addresses) list.push_back(parse(address));
}

void World::addMdnsName(Host& host, std::string name) {
  mdnsNames_[std::move(name)] = &host;
}

void World::attach(Host& host, Endpoint& endpoint) {
  attached_.push_back(std::make_unique<Attached>());
  attached_.back()->endpoint = &endpoint;
  attached_.back()->host = &host;
  index_[&endpoint] = attached_.back().get();
  endpoint.setWake([this, &endpoint, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) wake(endpoint);
  });
  endpoint.setParting([this, &endpoint, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) detach(endpoint);
  });
}

void World::detach(Endpoint& endpoint) {
  // As net::Driver does when it goes.
  if (Attached* attached = find(endpoint)) {
    endpoint.setWake({});
    endpoint.setParting({});
    // Most often in a destructor: what a trace writes to may be gone by then, so goodbyes are not traced.
    const auto trace = std::exchange(trace_, {});
    endpoint.leave(now_);
    Transmit transmit;
    while (endpoint.pollTransmit(now_, transmit)) send(*attached, std::move(transmit));
    trace_ = trace;
  }
  closeAll(endpoint);
  index_.erase(&endpoint);
  std::erase_if(attached_, [&](const auto& attached) { return attached->endpoint == &endpoint; });
}

World::Attached* World::find(const Endpoint& endpoint) {
  const auto at = index_.find(&endpoint);
  return at == index_.end() ? nullptr : at->second;
}

// ---- time ----

void World::schedule(TimePoint time, std::function<void()> run) {
  events_.push({std::max(time, now_), nextOrder_++, std::move(run)});
}

void World::at(TimePoint time, std::function<void()> step) {
  schedule(time, [this, step = std::move(step)] {
    step();
    drainAll();
  });
}

bool World::step(TimePoint end) {
  if (events_.empty() || events_.top().time > end) return false;
  const Event event = events_.top();
  events_.pop();
  now_ = event.time;
  event.run();
  return true;
}

bool World::runUntil(const std::function<bool()>& done, Duration limit) {
  const TimePoint end = now_ + limit;
  drainAll();
  while (!done()) {
    if (step(end)) continue;
    now_ = end;
    return done();
  }
  return true;
}

void World::runFor(Duration duration) {
  runUntil([] { return false; }, duration);
}

// ---- endpoints ----

void World::drainAll() {
  // By index: a callback may attach others.
  for (size_t i = 0; i < attached_.size(); ++i) drain(*attached_[i]);
}

void World::drain(Attached& attached) {
  if (attached.draining) return;
  attached.draining = true;
  Endpoint* const endpoint = attached.endpoint;
  for (int round = 0; drainOnce(attached); ++round) {
    if (find(*endpoint) == nullptr) return;  // its own callback detached it
    if (round < kMaxDrainRounds) continue;
    ADD_FAILURE() << attached.host->name() << ": an endpoint never gets quiet";
    return detach(*endpoint);
  }
  if (find(*endpoint) == nullptr) return;
  attached.draining = false;
  scheduleTimer(attached);
}

bool World::drainOnce(Attached& attached) {
  Endpoint& endpoint = *attached.endpoint;
  bool busy = false;
  Transmit transmit;
  while (endpoint.pollTransmit(now_, transmit)) {
    busy = true;
    send(attached, std::move(transmit));
  }
  IoRequest request;
  while (endpoint.pollIoRequest(request)) {
    busy = true;
    answer(attached, request);
  }
  return endpoint.dispatchEvents(now_) || busy;
}

void World::scheduleTimer(Attached& attached) {
  const TimePoint next = attached.endpoint->nextTimeout();
  const TimePoint time = next.isNever() ? next : std::max(next, now_);
  if (time == attached.scheduled) return;
  attached.scheduled = time;
  if (time.isNever()) return;
  schedule(time, [this, endpoint = attached.endpoint, time] {
    Attached* still = find(*endpoint);
    if (still != nullptr && still->scheduled == time) fireTimer(*still, time);
  });
}

void World::fireTimer(Attached& attached, TimePoint time) {
  attached.scheduled = TimePoint::never();
  attached.timeoutsAtOnce = attached.lastTimeout == time ? attached.timeoutsAtOnce + 1 : 0;
  attached.lastTimeout = time;
  if (attached.timeoutsAtOnce > kMaxTimeoutsAtOnce) {
    ADD_FAILURE() << attached.host->name() << ": an endpoint wakes for ever at one moment";
    return detach(*attached.endpoint);
  }
  attached.endpoint->handleTimeout(now_);
  drain(attached);
}

void World::wake(Endpoint& endpoint) {
  Attached* attached = find(endpoint);
  if (attached == nullptr || attached->wakePending) return;
  attached->wakePending = true;
  schedule(now_, [this, &endpoint] {
    Attached* still = find(endpoint);
    if (still == nullptr) return;
    still->wakePending = false;
    drain(*still);
  });
}

}  // namespace tincan::inline v0::sim

#include "ice/checklist.h"

#include <algorithm>

namespace tincan::inline v0::ice {
namespace {

// RFC 8445 §6.1.2.2: same family; a link-local IPv6 address only with its like.
bool mayPair(const IpAddress& local, const IpAddress& remote) {
  if (local.family() != remote.family()) return false;
  return !local.isV6() || local.isLinkLocal() == remote.isLinkLocal();
}

// RFC 6544 §6.2: active with passive. What the table pairs with an active candidate of the peer's waits for the peer's
// check, and is made by that.
bool mayPair(const Candidate& local, const Candidate& remote) {
  if (local.protocol != remote.protocol || !mayPair(local.address.ip, remote.address.ip)) return false;
  if (local.protocol == Protocol::kUdp) return true;
  return local.tcpType == TcpType::kActive && remote.tcpType == TcpType::kPassive;
}

}  // namespace

void Checklist::addBase(const Candidate& host) {
  if (hasBase(host.protocol, host.address)) return;
  locals_.push_back(host);
  for (size_t r = 0; r < remotes_.size(); ++r) addPair(locals_.size() - 1, r, false);
}

void Checklist::removeBase(const SocketAddress& base) {
  std::erase_if(pairs_, [&](const auto& pair) {
    if (pair->base != base) return false;
    triggered_.erase(pair.get());
    return true;
  });
  // Pairs know their candidates by index: the place stays, and is nobody's.
  for (Candidate& local : locals_) {
    if (local.address == base) local = Candidate{};
  }
}

bool Checklist::hasBase(Protocol protocol, const SocketAddress& address) const {
  return std::any_of(locals_.begin(), locals_.end(),
                     [&](const Candidate& c) { return c.protocol == protocol && c.address == address; });
}

bool Checklist::addRemote(const Candidate& candidate) {
  if (candidate.tcpType == TcpType::kActive) return true;  // it has no address until it connects
  const auto same = std::find_if(remotes_.begin(), remotes_.end(), [&](const Candidate& c) {
    return c.address == candidate.address && c.protocol == candidate.protocol;
  });
  if (same != remotes_.end()) {
    // RFC 8838 §11.3: a candidate that we only guessed at is known by its own type and priority now.
    if (same->type != CandidateType::kPeerReflexive) return true;
    const auto index = static_cast<size_t>(same - remotes_.begin());
    *same = candidate;
    --peerReflexive_;
    for (const auto& pair : pairs_) {
      if (pair->remoteIndex != index) continue;
      pair->foundation = locals_[pair->localIndex].foundation + ":" + candidate.foundation;
      pair->priority = priorityOf(*pair);
    }
    sort();
    return true;
  }
  if (remotes_.size() - peerReflexive_ >= config_.maxRemoteCandidates) {
    ++stats_.candidatesRefused;
    return false;
  }
  remotes_.push_back(candidate);
  for (size_t l = 0; l < locals_.size(); ++l) addPair(l, remotes_.size() - 1, false);
  return true;
}

CandidatePair* Checklist::pairForCheck(const Route& route, uint32_t priority) {
  if (CandidatePair* pair = find(route)) return pair;
  const auto base = std::find_if(locals_.begin(), locals_.end(), [&](const Candidate& c) {
    return c.protocol == route.protocol && c.address == route.local;
  });
  if (base == locals_.end()) return nullptr;
  auto known = std::find_if(remotes_.begin(), remotes_.end(), [&](const Candidate& c) {
    return c.protocol == route.protocol && c.address == route.remote;
  });
  if (known == remotes_.end()) {
    if (peerReflexive_ >= config_.maxPeerReflexive) {
      ++stats_.peerReflexiveRefused;
      return nullptr;
    }
    // RFC 8445 §7.3.1.3: type and priority from the check, a foundation unlike all others.
    Candidate c;
    c.component = config_.component;
    c.type = CandidateType::kPeerReflexive;
    c.protocol = route.protocol;
    if (route.protocol != Protocol::kUdp) c.tcpType = TcpType::kActive;
    c.address = route.remote;
    c.priority = priority;
    c.foundation = "prflx" + std::to_string(remotes_.size());
    remotes_.push_back(c);
    ++peerReflexive_;
    known = remotes_.end() - 1;
  }
  addPair(static_cast<size_t>(base - locals_.begin()), static_cast<size_t>(known - remotes_.begin()), true);
  return find(route);
}

void Checklist::addPair(size_t local, size_t remote, bool checked) {
  const Candidate& ours = locals_[local];
  if (!ours.address.ip.isSpecified()) return;  // it was removed
  const Candidate& theirs = remotes_[remote];
  const bool may = checked ? mayPair(ours.address.ip, theirs.address.ip) : mayPair(ours, theirs);
  if (!may || find({ours.protocol, ours.address, theirs.address})) return;
  auto pair = std::make_unique<CandidatePair>();
  pair->localIndex = local;
  pair->remoteIndex = remote;
  pair->protocol = ours.protocol;
  pair->base = ours.address;
  pair->remote = theirs.address;
  pair->foundation = ours.foundation + ":" + theirs.foundation;
  pair->priority = priorityOf(*pair);
  if (!evictFor(pair->priority, checked)) return;
  // RFC 8838 §12: a new pair waits unless its foundation is being tried; where that one has succeeded it waits, too.
  bool busy = false, succeeded = false;
  for (const auto& other : pairs_) {
    if (other->foundation != pair->foundation) continue;
    succeeded = succeeded || other->state == PairState::kSucceeded;
    busy = busy || other->state == PairState::kWaiting || other->state == PairState::kInProgress;
  }
  pair->state = busy && !succeeded ? PairState::kFrozen : PairState::kWaiting;
  const auto at = std::upper_bound(pairs_.begin(), pairs_.end(), pair->priority,
                                   [](uint64_t p, const auto& other) { return p > other->priority; });
  pairs_.insert(at, std::move(pair));
}

// LIMITS: at most `maxPairs`; the lowest goes, never the selected one, and a new one that is the lowest does not come
// in. Pairs that an authenticated check has come over stand above all that are only named, or a flood of candidates
// would push out the one that works.
bool Checklist::evictFor(uint64_t priority, bool checked) {
  if (pairs_.size() < config_.maxPairs) return true;
  ++stats_.pairsEvicted;
  for (auto it = pairs_.rbegin(); it != pairs_.rend(); ++it) {
    if (it->get() == pinned_ || (*it)->peerChecked || (*it)->valid) continue;
    if (!checked && (*it)->priority >= priority) return false;
    triggered_.erase(it->get());
    pairs_.erase(std::next(it).base());
    return true;
  }
  return false;
}

uint64_t Checklist::priorityOf(const CandidatePair& pair) const {
  const uint32_t ours = locals_[pair.localIndex].priority;
  const uint32_t theirs = remotes_[pair.remoteIndex].priority;
  return role_ == Role::kControlling ? pairPriority(ours, theirs) : pairPriority(theirs, ours);
}

void Checklist::setRole(Role role) {
  role_ = role;
  for (const auto& pair : pairs_) pair->priority = priorityOf(*pair);
  sort();
}

void Checklist::sort() {
  std::stable_sort(pairs_.begin(), pairs_.end(),
                   [](const auto& a, const auto& b) { return a->priority > b->priority; });
}

CandidatePair* Checklist::find(const Route& route) const {
  for (const auto& pair : pairs_) {
    if (pair->remote == route.remote && pair->base == route.local && pair->protocol == route.protocol) {
      return pair.get();
    }
  }
  return nullptr;
}

CandidatePair* Checklist::findBySent(const stun::TransactionId& id) const {
  for (const auto& pair : pairs_) {
    if (pair->find(id)) return pair.get();
  }
  return nullptr;
}

bool Checklist::foundationBusy(const CandidatePair& pair) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& other) {
    return other->foundation == pair.foundation &&
           (other->state == PairState::kWaiting || other->state == PairState::kInProgress);
  });
}

CandidatePair* Checklist::nextOrdinary(const std::function<bool(const CandidatePair&)>& wanted) const {
  for (const auto& pair : pairs_) {
    if (pair->state == PairState::kWaiting && wanted(*pair)) return pair.get();
  }
  for (const auto& pair : pairs_) {
    if (pair->state == PairState::kFrozen && wanted(*pair) && !foundationBusy(*pair)) return pair.get();
  }
  return nullptr;
}

bool Checklist::isRelayed(const CandidatePair& pair) const {
  return local(pair).type == CandidateType::kRelay || remote(pair).type == CandidateType::kRelay;
}

void Checklist::thaw(const CandidatePair& succeeded) {
  for (const auto& pair : pairs_) {
    if (pair->state == PairState::kFrozen && pair->foundation == succeeded.foundation) {
      pair->state = PairState::kWaiting;
    }
  }
}

void Checklist::pushTriggered(CandidatePair& pair) {
  if (std::find(triggered_.begin(), triggered_.end(), &pair) == triggered_.end()) triggered_.push_back(&pair);
}

CandidatePair* Checklist::popTriggered() {
  if (triggered_.empty()) return nullptr;
  CandidatePair* pair = triggered_.front();
  triggered_.pop_front();
  return pair;
}

CandidatePair* Checklist::bestValid() const {
  for (const auto& pair : pairs_) {
    if (pair->valid) return pair.get();
  }
  return nullptr;
}

bool Checklist::allFailed() const {
  return std::all_of(pairs_.begin(), pairs_.end(), [](const auto& p) { return p->state == PairState::kFailed; });
}

}  // namespace tincan::inline v0::ice

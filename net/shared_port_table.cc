#include "net/shared_port_table.h"

#include "net/stun_peek.h"

namespace tincan::inline v0::net {
namespace {

constexpr uint16_t kBinding = 0x001;  // RFC 8489 §18.2; what else is answered is TURN's (RFC 8656 §17)

}  // namespace

void SharedPortTable::sending(User user, const Route& route, ByteView packet) {
  const auto stun = StunPeek::read(packet);
  if (!stun) return;
  switch (stun->messageClass) {
    case StunPeek::Class::kRequest:
      if (!questions_.insert_or_assign(stun->transactionId, user).second) return;
      questionOrder_.push_back(stun->transactionId);
      if (questionOrder_.size() <= kMaxQuestions) return;
      questions_.erase(questionOrder_.front());
      questionOrder_.pop_front();
      return;
    // Only who knows the password gets an answer of this kind, so nobody can make us learn what is not so.
    case StunPeek::Class::kSuccess: return learn(user, route);
    case StunPeek::Class::kIndication:
    case StunPeek::Class::kError: return;
  }
}

void SharedPortTable::learn(User user, const Route& route) {
  const auto before = owner(route);
  assign(user, route);
  if (learned_ && (!before || seatOf(*before))) learned_(route);
}

std::optional<SharedPortTable::User> SharedPortTable::owner(const Route& route) const {
  const auto known = routes_.find(route);
  return known == routes_.end() ? std::nullopt : std::optional(known->second);
}

void SharedPortTable::assign(User user, const Route& route) {
  const auto [at, fresh] = routes_.insert_or_assign(route, user);
  if (!fresh) return;
  routeOrder_.push_back(route);
  if (routeOrder_.size() <= kMaxRoutes) return;
  routes_.erase(routeOrder_.front());
  routeOrder_.pop_front();
}

std::optional<SharedPortTable::User> SharedPortTable::find(
    const Route& route, ByteView packet, const std::function<std::optional<User>(std::string_view ufrag)>& byUfrag) {
  if (const auto stun = StunPeek::read(packet)) {
    switch (stun->messageClass) {
      case StunPeek::Class::kRequest:
        if (!stun->ufrag.empty()) return byUfrag(stun->ufrag);
        break;
      case StunPeek::Class::kSuccess:
      case StunPeek::Class::kError: {
        const auto asked = questions_.find(stun->transactionId);
        if (asked == questions_.end()) return std::nullopt;
        if (stun->messageClass != StunPeek::Class::kSuccess) return asked->second;
        // What answers our check will send data, too; an answer never takes an address from another, though. But for a
        // TURN server's: from one port it has one allocation (RFC 8656 §3.2), which is his whom it grants what he asks.
        if (stun->method != kBinding || !routes_.contains(route)) learn(asked->second, route);
        return asked->second;
      }
      case StunPeek::Class::kIndication: break;
    }
  }
  return owner(route);
}

void SharedPortTable::release(User user, const Route& route) {
  const auto known = routes_.find(route);
  if (known == routes_.end() || known->second != user) return;
  routes_.erase(known);
  std::erase(routeOrder_, route);
}

std::vector<Route> SharedPortTable::forget(User user) {
  std::vector<Route> gone;
  std::erase_if(routes_, [&](const auto& each) {
    if (each.second != user) return false;
    gone.push_back(each.first);
    return true;
  });
  if (!gone.empty()) std::erase_if(routeOrder_, [&](const Route& route) { return !routes_.contains(route); });
  std::erase_if(questions_, [&](const auto& each) { return each.second == user; });
  std::erase_if(questionOrder_, [&](const Id& id) { return !questions_.contains(id); });
  return gone;
}

}  // namespace tincan::inline v0::net

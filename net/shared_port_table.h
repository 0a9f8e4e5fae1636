#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/address.h"
#include "base/bytes.h"

namespace tincan::net {

/// Who of the many behind one UDP port a packet is for: a check belongs to whom its USERNAME names, an answer to whom
/// asked, all else to whom last answered a check from that address. Owned by a SharedUdpPort.
///
/// Bounded: kMaxRoutes addresses and kMaxQuestions questions under way; the oldest are forgotten.
class SharedPortTable {
 public:
  using User = uint64_t;
  static constexpr size_t kMaxRoutes = 65'536;
  static constexpr size_t kMaxQuestions = 8'192;

  /// A packet of this user's is about to leave.
  void sending(User user, const Route& route, ByteView packet);
  /// `byUfrag` says who goes by a name.
  std::optional<User> find(const Route& route, ByteView packet,
                           const std::function<std::optional<User>(std::string_view ufrag)>& byUfrag);
  void forget(User user);
  size_t routes() const { return routes_.size(); }
  size_t questions() const { return questions_.size(); }

 private:
  using Id = std::array<uint8_t, 12>;

  void learn(User user, const Route& route);

  std::unordered_map<Route, User, AddressHash> routes_;
  std::deque<Route> routeOrder_;
  std::map<Id, User> questions_;
  std::deque<Id> questionOrder_;
};

}  // namespace tincan::net

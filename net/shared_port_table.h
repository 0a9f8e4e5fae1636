#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace tincan::inline v0::net {

/// Who of the many behind one UDP port a packet is for: a check belongs to whom its USERNAME names, an answer to whom
/// asked, all else to whom last answered a check from that address. Owned by a SharedUdpPort. Where several loops serve
/// the port, a sibling loop stands for all of its own: it is a user, too, that goes by its seat.
///
/// Bounded: kMaxRoutes addresses and kMaxQuestions questions under way; the oldest are forgotten.
class SharedPortTable {
 public:
  using User = uint64_t;
  static constexpr size_t kMaxRoutes = 65'536;
  static constexpr size_t kMaxQuestions = 8'192;

  static constexpr User sibling(size_t seat) { return kSibling | seat; }
  static constexpr std::optional<size_t> seatOf(User user) {
    return user & kSibling ? std::optional<size_t>(user & ~kSibling) : std::nullopt;
  }

  /// `learned`, if any, is told when an address that nobody had, or a sibling, becomes a user's.
  explicit SharedPortTable(std::function<void(const Route&)> learned = {}) : learned_(std::move(learned)) {}

  /// A packet of this user's is about to leave.
  void sending(User user, const Route& route, ByteView packet);
  /// `byUfrag` says who goes by a name.
  std::optional<User> find(const Route& route, ByteView packet,
                           const std::function<std::optional<User>(std::string_view ufrag)>& byUfrag);
  /// Whom all else from that address is for.
  std::optional<User> owner(const Route& route) const;
  /// What a sibling says of its addresses.
  void assign(User user, const Route& route);
  void release(User user, const Route& route);
  /// Gives the addresses that were this user's.
  std::vector<Route> forget(User user);
  size_t routes() const { return routes_.size(); }
  size_t questions() const { return questions_.size(); }

 private:
  using Id = std::array<uint8_t, 12>;
  static constexpr User kSibling = User{1} << 63;

  void learn(User user, const Route& route);

  std::function<void(const Route&)> learned_;
  std::unordered_map<Route, User, AddressHash> routes_;
  std::deque<Route> routeOrder_;
  std::map<Id, User> questions_;
  std::deque<Id> questionOrder_;
};

}  // namespace tincan::inline v0::net

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

/// Host names to addresses through the system's resolver, on the loop. Answers never come inside `resolve`, and none
/// come after destruction.
class Resolver {
 public:
  using Callback = std::function<void(Result<std::vector<IpAddress>>)>;

  explicit Resolver(Loop& loop);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Each address once, in the system's order. A literal address is its own answer.
  void resolve(const std::string& host, Callback callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::net

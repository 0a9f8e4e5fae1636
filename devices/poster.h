#pragma once

#include <functional>

#include "base/time.h"

namespace tincan::inline v0::devices {

/// The loop that frames come to, as a reader's thread sees it: net::Loop, or one of another kind (the Node addon's).
struct Poster {
  std::function<void(std::function<void()>)> post;  ///< runs it on the loop; called on any thread
  std::function<TimePoint()> now;                   ///< its clock; called on the loop
};

}  // namespace tincan::inline v0::devices

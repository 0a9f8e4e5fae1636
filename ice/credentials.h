#pragma once

#include <string>

#include "base/random.h"

namespace tincan::inline v0::ice {

/// The username fragment and password of one agent in one generation (RFC 8445 §5.3).
struct Credentials {
  std::string ufrag;
  std::string password;

  static Credentials generate(RandomSource& random);
  /// 4 to 256 and 22 to 256 ice-chars (RFC 8839 §5.4).
  bool valid() const;
  bool operator==(const Credentials&) const = default;
};

/// ALPHA / DIGIT / "+" / "/" (RFC 8839 §5.1), of which all of `text` must be.
bool isIceChars(std::string_view text);

}  // namespace tincan::inline v0::ice

#include "ice/credentials.h"

#include <algorithm>

namespace tincan::inline v0::ice {
namespace {
constexpr std::string_view kIceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// RFC 8445 §5.3: at least 24 bits of randomness in the ufrag and 128 in the password; a character holds 6.
constexpr size_t kUfragSize = 8;
constexpr size_t kPasswordSize = 24;
}  // namespace

bool isIceChars(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return kIceChars.find(c) != std::string_view::npos; });
}

Credentials Credentials::generate(RandomSource& random) {
  return {random.text(kUfragSize, kIceChars), random.text(kPasswordSize, kIceChars)};
}

bool Credentials::valid() const {
  // RFC 8839 §5.4: ice-ufrag is 4 to 256 ice-chars, ice-pwd 22 to 256.
  return ufrag.size() >= 4 && ufrag.size() <= 256 && password.size() >= 22 && password.size() <= 256 &&
         isIceChars(ufrag) && isIceChars(password);
}

}  // namespace tincan::inline v0::ice

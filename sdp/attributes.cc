#include "sdp/attributes.h"

#include "sdp/text.h"

namespace tincan::inline v0::sdp {

std::string_view name(Direction direction) {
  switch (direction) {
    case Direction::kSendRecv: return "sendrecv";
    case Direction::kSendOnly: return "sendonly";
    case Direction::kRecvOnly: return "recvonly";
    case Direction::kInactive: return "inactive";
  }
  return "";
}

std::string_view name(Setup setup) {
  switch (setup) {
    case Setup::kActpass: return "actpass";
    case Setup::kActive: return "active";
    case Setup::kPassive: return "passive";
    case Setup::kHoldconn: return "holdconn";
  }
  return "";
}

std::string Fingerprint::toString() const {
  constexpr std::string_view kHex = "0123456789ABCDEF";  // RFC 8122 §5: upper case
  std::string text = algorithm;
  text.reserve(text.size() + 3 * value.size());
  char separator = ' ';
  for (uint8_t byte : value) {
    text += separator;
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
    separator = ':';
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> Fmtp::pairs() const {
  std::vector<std::pair<std::string, std::string>> all;
  std::string_view rest = parameters;
  while (!rest.empty()) {
    std::string_view one = takeUntil(rest, ';');
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one.empty()) continue;
    const std::string_view key = takeUntil(one, '=');
    all.emplace_back(key, one);
  }
  return all;
}

const std::string* Ssrc::find(std::string_view wanted) const {
  for (const Attribute& attribute : attributes)
    if (attribute.name == wanted) return attribute.value ? &*attribute.value : nullptr;
  return nullptr;
}

}  // namespace tincan::inline v0::sdp

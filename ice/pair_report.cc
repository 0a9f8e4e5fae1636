#include "ice/pair_report.h"

#include <algorithm>

namespace tincan::inline v0::ice {
namespace {

std::string count(size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::string milliseconds(Duration time) {
  return std::to_string(time.micros() / 1000) + " ms";
}

// What came of the checks of one pair.
std::string outcome(const CandidatePair& pair) {
  const CheckHistory& history = pair.history;
  if (history.sent == 0) return history.lost ? "its socket or connection was lost before a check" : "not tried";
  std::string out = count(history.sent, "check") + ", ";
  if (history.answers > 0) {
    out += "answered";
    if (pair.measured) out += " (round trip " + milliseconds(pair.rtt) + ")";
    if (!pair.valid) out += ", and silent since";
  } else if (history.refusal != 0) {
    out += "refused with " + std::to_string(history.refusal);
  } else if (history.elsewhere) {
    // RFC 8445 §7.2.5.2.1
    out += "answered over another path (" + history.elsewhere->remote.toString() + ")";
  } else if (history.forged) {
    out += "answers that the peer's password does not prove";
  } else {
    out += "no answer";
  }
  if (history.lost) out += "; its socket or connection was lost";
  if (pair.peerChecked) out += "; the peer's checks came this way";
  return out;
}

}  // namespace

std::string describePair(const Checklist& checklist, const CandidatePair& pair) {
  return std::string(name(pair.protocol)) + " " + pair.base.toString() + " (" +
         std::string(name(checklist.local(pair).type)) + ") -> " + pair.remote.toString() + " (" +
         std::string(name(checklist.remote(pair).type)) + ")";
}

std::vector<std::string> pairReport(const Checklist& checklist) {
  const auto& pairs = checklist.pairs();
  const auto tried = static_cast<size_t>(
      std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) { return pair->history.sent > 0; }));
  std::vector<std::string> out;
  out.push_back(count(pairs.size(), "candidate pair") + ", " + std::to_string(tried) + " tried; " +
                count(checklist.remoteCount(), "candidate") + " of the peer's");
  for (const auto& pair : pairs) {
    if (out.size() > kMaxReportedPairs) {
      out.push_back("and " + std::to_string(pairs.size() - kMaxReportedPairs) + " more");
      break;
    }
    out.push_back(describePair(checklist, *pair) + ": " + outcome(*pair));
  }
  return out;
}

}  // namespace tincan::inline v0::ice

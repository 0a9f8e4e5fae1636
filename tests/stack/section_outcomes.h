#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {

/// What becomes of an offer's sections, by the m= lines of our answer and their directions: "audio recvonly", "video
/// rejected", "application taken".
inline std::vector<std::string> answered(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = text.find("\nm="); at != std::string_view::npos;) {
    const size_t end = text.find("\nm=", at + 1);
    const std::string_view section = text.substr(at + 3, end == std::string_view::npos ? end : end - at - 3);
    const std::string kind(section.substr(0, section.find(' ')));
    std::string way = kind == "application" ? "taken" : "sendrecv";
    for (const char* each : {"sendonly", "recvonly", "inactive"})
      if (section.find("\na=" + std::string(each) + "\r") != std::string_view::npos) way = each;
    out.push_back(kind + ' ' + (section.substr(kind.size(), 3) == " 0 " ? "rejected" : way));
    at = end;
  }
  return out;
}

/// The same of our own sections, by the far end's answer.
inline std::vector<std::string> agreed(const PeerConnection& pc) {
  std::vector<std::string> out;
  for (const auto& each : pc.getTransceivers()) {
    const auto way = each->currentDirection();
    if (way && *way != RTCRtpTransceiverDirection::kStopped)
      out.push_back(std::string(each->kind() == MediaKind::kAudio ? "audio " : "video ") + std::string(toString(*way)));
  }
  if (pc.sctp()) out.push_back("application taken");
  return out;
}

}  // namespace tincan::inline v0::stack

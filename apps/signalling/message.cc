#include "apps/signalling/message.h"

#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

namespace tincan::inline v0::apps {

using nlohmann::json;
using stack::RTCIceCandidate;
using stack::RTCSessionDescription;

namespace {

Error wrong(std::string what) {
  return {ErrorCode::kSyntaxError, "signalling message: " + std::move(what)};
}

Result<SignallingMessage> parseDescription(const json& value) {
  const auto type = value.find("type"), sdp = value.find("sdp");
  if (type == value.end() || !type->is_string()) return wrong("a description needs a \"type\"");
  const auto parsed = stack::parseSdpType(type->get<std::string>());
  if (!parsed) return wrong("\"type\" is offer, pranswer, answer or rollback");
  RTCSessionDescription description{*parsed, {}};
  if (sdp != value.end() && sdp->is_string()) {
    description.sdp = sdp->get<std::string>();
  } else if (*parsed != stack::RTCSdpType::kRollback) {
    return wrong("a description needs an \"sdp\"");
  }
  return SignallingMessage(std::move(description));
}

Result<SignallingMessage> parseCandidate(const json& value) {
  RTCIceCandidate candidate;
  if (value.is_null()) return SignallingMessage(candidate);
  if (!value.is_object()) return wrong("\"candidate\" is an object, or null for the end of candidates");
  for (const auto& [key, member] : value.items()) {
    if (key == "candidate" && member.is_string()) {
      candidate.candidate = member.get<std::string>();
    } else if (key == "sdpMid" && member.is_string()) {
      candidate.sdpMid = member.get<std::string>();
    } else if (key == "sdpMLineIndex" && member.is_number_unsigned()) {
      const auto index = member.get<uint64_t>();
      if (index > std::numeric_limits<uint16_t>::max()) return wrong("\"sdpMLineIndex\" is out of range");
      candidate.sdpMLineIndex = static_cast<uint16_t>(index);
    } else if (key == "usernameFragment" && member.is_string()) {
      candidate.usernameFragment = member.get<std::string>();
    }
  }
  return SignallingMessage(std::move(candidate));
}

Result<SignallingMessage> parseReceived(const json& value) {
  const auto count = [&value](const char* key) -> uint64_t {
    const auto found = value.find(key);
    return found != value.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
  };
  if (!value.is_object()) return wrong("\"received\" is an object");
  return SignallingMessage(Received{count("audioPackets"), count("videoFrames")});
}

// The far end's words go to a terminal: a line of plain characters, and not a long one.
SignallingMessage parseBye(const json& message) {
  constexpr size_t kMaxReason = 200;
  Bye bye;
  if (const auto found = message.find("reason"); found != message.end() && found->is_string()) {
    bye.reason = found->get<std::string>().substr(0, kMaxReason);
    for (char& c : bye.reason) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
  }
  return bye;
}

template <class T>
json orNull(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

}  // namespace

Result<SignallingMessage> parseMessage(std::string_view text) {
  if (text.size() > kMaxSignallingMessage) return wrong("longer than 1 MiB");
  const json message = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) return wrong("not a JSON object");
  // The classic spelling of the same thing, which many pages use, is `desc`.
  for (const char* key : {"description", "desc"}) {
    const auto found = message.find(key);
    if (found == message.end()) continue;
    if (!found->is_object()) return wrong("\"description\" is an object");
    return parseDescription(*found);
  }
  if (const auto found = message.find("candidate"); found != message.end()) return parseCandidate(*found);
  if (const auto found = message.find("received"); found != message.end()) return parseReceived(*found);
  if (message.contains("bye")) return parseBye(message);
  if (message.contains("notes")) return SignallingMessage(Notes{});  // the far end's, for people
  return wrong("neither \"description\" nor \"candidate\" nor \"bye\"");
}

bool meansCandidate(std::string_view text) {
  if (text.size() > kMaxSignallingMessage) return false;
  const json message = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return message.is_object() && message.contains("candidate") && !message.contains("description") &&
         !message.contains("desc");
}

std::string toJson(const SignallingMessage& message) {
  json out;
  if (const auto* description = std::get_if<RTCSessionDescription>(&message)) {
    out["description"] = {{"type", std::string(stack::toString(description->type))}, {"sdp", description->sdp}};
  } else if (const auto* candidate = std::get_if<RTCIceCandidate>(&message)) {
    if (candidate->candidate.empty() && !candidate->sdpMid && !candidate->sdpMLineIndex) return R"({"candidate":null})";
    out["candidate"] = {{"candidate", candidate->candidate},
                        {"sdpMid", orNull(candidate->sdpMid)},
                        {"sdpMLineIndex", orNull(candidate->sdpMLineIndex)},
                        {"usernameFragment", orNull(candidate->usernameFragment)}};
  } else if (const auto* received = std::get_if<Received>(&message)) {
    out["received"] = {{"audioPackets", received->audioPackets}, {"videoFrames", received->videoFrames}};
  } else if (const auto* bye = std::get_if<Bye>(&message)) {
    out["bye"] = true;
    if (!bye->reason.empty()) out["reason"] = bye->reason;
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string notesJson(const std::vector<std::string>& lines) {
  return json{{"notes", lines}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tincan::inline v0::apps

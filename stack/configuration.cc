#include "stack/configuration.h"

#include "stack/api/json_text.h"

namespace tincan::inline v0::stack {

std::string_view toString(RTCBundlePolicy policy) {
  switch (policy) {
    case RTCBundlePolicy::kBalanced: return "balanced";
    case RTCBundlePolicy::kMaxCompat: return "max-compat";
    case RTCBundlePolicy::kMaxBundle: return "max-bundle";
  }
  return "";
}

std::string_view toString(RTCSdpType type) {
  switch (type) {
    case RTCSdpType::kOffer: return "offer";
    case RTCSdpType::kPranswer: return "pranswer";
    case RTCSdpType::kAnswer: return "answer";
    case RTCSdpType::kRollback: return "rollback";
  }
  return "";
}

std::optional<RTCSdpType> parseSdpType(std::string_view text) {
  for (auto type : {RTCSdpType::kOffer, RTCSdpType::kPranswer, RTCSdpType::kAnswer, RTCSdpType::kRollback}) {
    if (toString(type) == text) return type;
  }
  return std::nullopt;
}

std::string_view toString(RTCSignalingState state) {
  switch (state) {
    case RTCSignalingState::kStable: return "stable";
    case RTCSignalingState::kHaveLocalOffer: return "have-local-offer";
    case RTCSignalingState::kHaveRemoteOffer: return "have-remote-offer";
    case RTCSignalingState::kHaveLocalPranswer: return "have-local-pranswer";
    case RTCSignalingState::kHaveRemotePranswer: return "have-remote-pranswer";
    case RTCSignalingState::kClosed: return "closed";
  }
  return "";
}

std::string_view toString(RTCIceGatheringState state) {
  switch (state) {
    case RTCIceGatheringState::kNew: return "new";
    case RTCIceGatheringState::kGathering: return "gathering";
    case RTCIceGatheringState::kComplete: return "complete";
  }
  return "";
}

std::string_view toString(RTCPriorityType priority) {
  switch (priority) {
    case RTCPriorityType::kVeryLow: return "very-low";
    case RTCPriorityType::kLow: return "low";
    case RTCPriorityType::kMedium: return "medium";
    case RTCPriorityType::kHigh: return "high";
  }
  return "";
}

uint8_t dscpOf(RTCPriorityType networkPriority, bool sound) {
  switch (networkPriority) {
    case RTCPriorityType::kVeryLow: return 1;               // LE
    case RTCPriorityType::kLow: return 0;                   // DF
    case RTCPriorityType::kMedium: return sound ? 46 : 36;  // EF, AF42
    case RTCPriorityType::kHigh: return sound ? 46 : 34;    // EF, AF41
  }
  return 0;
}

std::string_view toString(RTCIceConnectionState state) {
  switch (state) {
    case RTCIceConnectionState::kNew: return "new";
    case RTCIceConnectionState::kChecking: return "checking";
    case RTCIceConnectionState::kConnected: return "connected";
    case RTCIceConnectionState::kCompleted: return "completed";
    case RTCIceConnectionState::kDisconnected: return "disconnected";
    case RTCIceConnectionState::kFailed: return "failed";
    case RTCIceConnectionState::kClosed: return "closed";
  }
  return "";
}

std::string_view toString(RTCPeerConnectionState state) {
  switch (state) {
    case RTCPeerConnectionState::kNew: return "new";
    case RTCPeerConnectionState::kConnecting: return "connecting";
    case RTCPeerConnectionState::kConnected: return "connected";
    case RTCPeerConnectionState::kDisconnected: return "disconnected";
    case RTCPeerConnectionState::kFailed: return "failed";
    case RTCPeerConnectionState::kClosed: return "closed";
  }
  return "";
}

std::string RTCSessionDescription::toJSON() const {
  return "{\"type\":" + jsonText(toString(type)) + ",\"sdp\":" + jsonText(sdp) + "}";
}

}  // namespace tincan::inline v0::stack

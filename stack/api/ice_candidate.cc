#include "stack/api/ice_candidate.h"

#include "ice/candidate.h"
#include "ice/server_url.h"
#include "stack/api/json_text.h"

namespace tincan::inline v0::stack {
namespace {

template <class Read>
auto readFrom(const std::string& line, Read&& read) -> decltype(read(ice::Candidate())) {
  if (line.empty()) return std::nullopt;
  const auto candidate = ice::Candidate::parse(line);
  if (!candidate) return std::nullopt;
  return read(*candidate);
}

}  // namespace

std::string_view toString(RTCIceProtocol protocol) {
  switch (protocol) {
    case RTCIceProtocol::kUdp: return "udp";
    case RTCIceProtocol::kTcp: return "tcp";
  }
  return "";
}

std::string_view toString(RTCIceTcpCandidateType type) {
  switch (type) {
    case RTCIceTcpCandidateType::kActive: return "active";
    case RTCIceTcpCandidateType::kPassive: return "passive";
    case RTCIceTcpCandidateType::kSo: return "so";
  }
  return "";
}

std::string_view toString(RTCIceCandidateType type) {
  switch (type) {
    case RTCIceCandidateType::kHost: return "host";
    case RTCIceCandidateType::kSrflx: return "srflx";
    case RTCIceCandidateType::kPrflx: return "prflx";
    case RTCIceCandidateType::kRelay: return "relay";
  }
  return "";
}

std::string_view toString(RTCIceServerTransportProtocol protocol) {
  switch (protocol) {
    case RTCIceServerTransportProtocol::kUdp: return "udp";
    case RTCIceServerTransportProtocol::kTcp: return "tcp";
    case RTCIceServerTransportProtocol::kTls: return "tls";
  }
  return "";
}

std::string_view toString(RTCIceComponent component) {
  switch (component) {
    case RTCIceComponent::kRtp: return "rtp";
    case RTCIceComponent::kRtcp: return "rtcp";
  }
  return "";
}

std::optional<std::string> RTCIceCandidate::foundation() const {
  return readFrom(candidate, [](const ice::Candidate& c) { return std::optional(c.foundation); });
}

std::optional<RTCIceComponent> RTCIceCandidate::component() const {
  return readFrom(candidate, [](const ice::Candidate& c) {
    return std::optional(c.component == 2 ? RTCIceComponent::kRtcp : RTCIceComponent::kRtp);
  });
}

std::optional<uint32_t> RTCIceCandidate::priority() const {
  return readFrom(candidate, [](const ice::Candidate& c) { return std::optional(c.priority); });
}

std::optional<std::string> RTCIceCandidate::address() const {
  return readFrom(candidate, [](const ice::Candidate& c) {
    return std::optional(c.hostname.empty() ? c.address.ip.toString() : c.hostname);
  });
}

std::optional<RTCIceProtocol> RTCIceCandidate::protocol() const {
  return readFrom(candidate, [](const ice::Candidate& c) {
    return std::optional(c.protocol == Protocol::kUdp ? RTCIceProtocol::kUdp : RTCIceProtocol::kTcp);
  });
}

std::optional<uint16_t> RTCIceCandidate::port() const {
  return readFrom(candidate, [](const ice::Candidate& c) { return std::optional(c.address.port); });
}

std::optional<RTCIceCandidateType> RTCIceCandidate::type() const {
  return readFrom(candidate, [](const ice::Candidate& c) -> std::optional<RTCIceCandidateType> {
    switch (c.type) {
      case ice::CandidateType::kHost: return RTCIceCandidateType::kHost;
      case ice::CandidateType::kServerReflexive: return RTCIceCandidateType::kSrflx;
      case ice::CandidateType::kPeerReflexive: return RTCIceCandidateType::kPrflx;
      case ice::CandidateType::kRelay: return RTCIceCandidateType::kRelay;
    }
    return std::nullopt;
  });
}

std::optional<RTCIceTcpCandidateType> RTCIceCandidate::tcpType() const {
  return readFrom(candidate, [](const ice::Candidate& c) -> std::optional<RTCIceTcpCandidateType> {
    switch (c.tcpType) {
      case ice::TcpType::kActive: return RTCIceTcpCandidateType::kActive;
      case ice::TcpType::kPassive: return RTCIceTcpCandidateType::kPassive;
      case ice::TcpType::kSo: return RTCIceTcpCandidateType::kSo;
      case ice::TcpType::kNone: break;
    }
    return std::nullopt;
  });
}

std::optional<std::string> RTCIceCandidate::relatedAddress() const {
  return readFrom(candidate, [](const ice::Candidate& c) {
    return c.related ? std::optional(c.related->ip.toString()) : std::nullopt;
  });
}

std::optional<uint16_t> RTCIceCandidate::relatedPort() const {
  return readFrom(candidate,
                  [](const ice::Candidate& c) { return c.related ? std::optional(c.related->port) : std::nullopt; });
}

void RTCIceCandidate::setServer(const std::string& serverUrl) {
  url = serverUrl;
  const auto server = ice::ServerUrl::parse(serverUrl);
  if (!server || type() != RTCIceCandidateType::kRelay) return;
  relayProtocol = server->scheme == ice::ServerUrl::Scheme::kTurns ? RTCIceServerTransportProtocol::kTls
                  : server->protocol == Protocol::kUdp             ? RTCIceServerTransportProtocol::kUdp
                                                                   : RTCIceServerTransportProtocol::kTcp;
}

std::string RTCIceCandidate::toJSON() const {
  std::string out = "{\"candidate\":" + jsonText(candidate);
  out += ",\"sdpMid\":" + (sdpMid ? jsonText(*sdpMid) : "null");
  out += ",\"sdpMLineIndex\":" + (sdpMLineIndex ? std::to_string(*sdpMLineIndex) : "null");
  out += ",\"usernameFragment\":" + (usernameFragment ? jsonText(*usernameFragment) : "null");
  return out + "}";
}

}  // namespace tincan::inline v0::stack

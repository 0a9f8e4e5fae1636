#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tincan::inline v0::stack {

/// webrtc-pc §4.8.1.2 to §4.8.1.5.
enum class RTCIceProtocol : uint8_t { kUdp, kTcp };
enum class RTCIceTcpCandidateType : uint8_t { kActive, kPassive, kSo };
enum class RTCIceCandidateType : uint8_t { kHost, kSrflx, kPrflx, kRelay };
enum class RTCIceServerTransportProtocol : uint8_t { kUdp, kTcp, kTls };
enum class RTCIceComponent : uint8_t { kRtp, kRtcp };
std::string_view toString(RTCIceProtocol protocol);
std::string_view toString(RTCIceTcpCandidateType type);
std::string_view toString(RTCIceCandidateType type);
std::string_view toString(RTCIceServerTransportProtocol protocol);
std::string_view toString(RTCIceComponent component);

/// webrtc-pc §4.8.1. `candidate` is "candidate:…" or empty for the end of candidates. What the line says is read when it
/// is asked for; absent where the line is empty or no candidate.
struct RTCIceCandidate {
  std::string candidate{};
  std::optional<std::string> sdpMid{};
  std::optional<uint16_t> sdpMLineIndex{};
  std::optional<std::string> usernameFragment{};
  /// Of local ones: to the TURN server, and the URL of the server that gave it.
  std::optional<RTCIceServerTransportProtocol> relayProtocol{};
  std::optional<std::string> url{};

  /// Fills `url`, and `relayProtocol` of a relayed one.
  void setServer(const std::string& serverUrl);

  std::optional<std::string> foundation() const;
  std::optional<RTCIceComponent> component() const;
  std::optional<uint32_t> priority() const;
  std::optional<std::string> address() const;  ///< an IP address, or a .local name
  std::optional<RTCIceProtocol> protocol() const;
  std::optional<uint16_t> port() const;
  std::optional<RTCIceCandidateType> type() const;
  std::optional<RTCIceTcpCandidateType> tcpType() const;
  std::optional<std::string> relatedAddress() const;
  std::optional<uint16_t> relatedPort() const;
  /// What signalling carries: {"candidate":…,"sdpMid":…,"sdpMLineIndex":…,"usernameFragment":…}
  std::string toJSON() const;
};

}  // namespace tincan::inline v0::stack

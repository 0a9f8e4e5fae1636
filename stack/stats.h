#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stack/configuration.h"

/// What getStats() gives: the W3C's "Identifiers for WebRTC's Statistics", the members that a call needs. Times are in
/// seconds, sizes in bytes, as there.
namespace tincan::stack {

/// §8.4 RTCInboundRtpStreamStats
struct RTCInboundRtpStreamStats {
  std::string kind;  ///< "audio" or "video"
  std::string mid;
  std::string trackIdentifier;
  uint32_t ssrc = 0;
  std::string codec;  ///< "video/VP8"
  uint64_t packetsReceived = 0;
  uint64_t bytesReceived = 0;  ///< payload bytes
  int64_t packetsLost = 0;
  double jitter = 0;
  uint64_t framesReceived = 0, framesDecoded = 0, keyFramesDecoded = 0, framesDropped = 0;
  uint64_t framesOverBudget = 0;  ///< of framesDropped: past the decoders or pixels that one connection may have
  uint32_t frameWidth = 0, frameHeight = 0;
  uint32_t nackCount = 0, pliCount = 0;
  uint64_t retransmittedPacketsReceived = 0;
  double jitterBufferDelay = 0;
  uint64_t jitterBufferEmittedCount = 0;
  uint64_t totalSamplesReceived = 0, concealedSamples = 0;
  double audioLevel = 0;  ///< 0..1, of the last frame played
};

/// §8.6 RTCOutboundRtpStreamStats, with what the peer's reports say of it (§8.7).
struct RTCOutboundRtpStreamStats {
  std::string kind;
  std::string mid;
  std::string trackIdentifier;
  uint32_t ssrc = 0;
  std::string codec;
  uint64_t packetsSent = 0;
  uint64_t bytesSent = 0;
  uint64_t retransmittedPacketsSent = 0, retransmittedBytesSent = 0;
  uint64_t retransmissionsRefused = 0;  ///< that were asked for, past the share of the line that repairs may take
  double totalPacketSendDelay = 0;      ///< that packets have waited to leave, all together; repairs aside
  uint64_t framesEncoded = 0, keyFramesEncoded = 0;
  uint32_t frameWidth = 0, frameHeight = 0;
  uint32_t nackCount = 0, pliCount = 0, firCount = 0;
  uint32_t targetBitrate = 0;
  std::string qualityLimitationReason = "none";  ///< or "bandwidth"
  double qualityLimitationDurationNone = 0, qualityLimitationDurationBandwidth = 0;
  uint32_t qualityLimitationResolutionChanges = 0;
  int64_t remotePacketsLost = 0;
  double remoteFractionLost = 0;
  double remoteJitter = 0;
  double roundTripTime = 0;
};

/// §8.11. A data channel's own statistics go when it is closed; here it stays counted.
struct RTCPeerConnectionStats {
  uint32_t dataChannelsOpened = 0;  ///< that have ever been open
  uint32_t dataChannelsClosed = 0;  ///< of those, the ones that are no longer
};

/// §8.12
struct RTCDataChannelStats {
  std::string label, protocol;
  int dataChannelIdentifier = -1;
  std::string state;
  uint64_t messagesSent = 0, bytesSent = 0, messagesReceived = 0, bytesReceived = 0;
};

/// §8.16
struct RTCIceCandidatePairStats {
  bool selected = false;
  std::string local, remote;          ///< "192.0.2.1:5000"
  std::string localType, remoteType;  ///< "host", "srflx", "prflx", "relay"
  double currentRoundTripTime = 0;
  double availableOutgoingBitrate = 0;  ///< what congestion control finds, or the peer's last REMB said; 0 before that
  double outgoingQueueDelay = 0;  ///< how long packets wait on the way, as congestion control sees it; not the W3C's
  double outgoingLossRate = 0;    ///< of late, 0 to 1; not the W3C's
};

/// §8.13
struct RTCTransportStats {
  std::string iceState, iceRole, dtlsState;
  std::string tlsVersion;  ///< "FEFD" for DTLS 1.2, "FEFC" for 1.3
  std::string dtlsCipher;  ///< IANA's name
  std::string srtpCipher;  ///< "AEAD_AES_128_GCM"
  uint64_t packetsSent = 0, packetsReceived = 0, bytesSent = 0, bytesReceived = 0;
  uint64_t packetsDropped = 0;  ///< that belonged to nothing: wrong key, plain RTP, unknown first byte
};

struct RTCStatsReport {
  std::vector<RTCInboundRtpStreamStats> inboundRtp;
  std::vector<RTCOutboundRtpStreamStats> outboundRtp;
  RTCPeerConnectionStats peerConnection;
  std::vector<RTCDataChannelStats> dataChannels;
  RTCIceCandidatePairStats candidatePair;  ///< the selected one; `selected` false when there is none
  RTCTransportStats transport;
  /// Seconds from the first description set to the connection; 0 while it is not connected.
  double connectTime = 0;
};

}  // namespace tincan::stack

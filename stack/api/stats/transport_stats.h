#pragma once

#include <cstdint>
#include <string>

#include "stack/api/stats/stats.h"

/// webrtc-stats: transports, candidates, pairs of them, certificates, channels, and the connection itself.
namespace tincan::inline v0::stack {

/// A data channel's own statistics go when it is closed; here it stays counted.
struct RTCPeerConnectionStats : RTCStats {
  RTCPeerConnectionStats() : RTCStats(RTCStatsType::kPeerConnection) {}

  Stat<uint32_t> dataChannelsOpened;  ///< that have ever been open
  Stat<uint32_t> dataChannelsClosed;  ///< of those, the ones that are no longer

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("dataChannelsOpened", dataChannelsOpened);
    visitor("dataChannelsClosed", dataChannelsClosed);
  }
};

/// webrtc-stats.
struct RTCDataChannelStats : RTCStats {
  RTCDataChannelStats() : RTCStats(RTCStatsType::kDataChannel) {}

  std::string label;
  std::string protocol;
  Stat<uint16_t> dataChannelIdentifier;
  std::string state;
  Stat<uint64_t> messagesSent;
  Stat<uint64_t> bytesSent;
  Stat<uint64_t> messagesReceived;
  Stat<uint64_t> bytesReceived;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("label", Always{label});
    visitor("protocol", Always{protocol});
    visitor("dataChannelIdentifier", dataChannelIdentifier);
    visitor("state", Always{state});
    visitor("messagesSent", messagesSent);
    visitor("bytesSent", bytesSent);
    visitor("messagesReceived", messagesReceived);
    visitor("bytesReceived", bytesReceived);
  }
};

/// webrtc-stats.
struct RTCTransportStats : RTCStats {
  RTCTransportStats() : RTCStats(RTCStatsType::kTransport) {}

  Stat<uint64_t> packetsSent;
  Stat<uint64_t> packetsReceived;
  Stat<uint64_t> bytesSent;
  Stat<uint64_t> bytesReceived;
  std::string iceRole;
  std::string iceLocalUsernameFragment;
  std::string dtlsState;
  std::string iceState;
  std::string selectedCandidatePairId;
  std::string localCertificateId;
  std::string remoteCertificateId;
  std::string tlsVersion;  ///< "FEFD" for DTLS 1.2, "FEFC" for 1.3
  std::string dtlsCipher;  ///< IANA's name
  std::string dtlsRole;    ///< "client", "server", "unknown"
  std::string srtpCipher;  ///< "AEAD_AES_128_GCM"
  Stat<uint32_t> selectedCandidatePairChanges;
  Stat<uint32_t> ccfbMessagesSent;
  Stat<uint32_t> ccfbMessagesReceived;

  // Beside the IDL.
  uint64_t packetsDropped = 0;  ///< that belonged to nothing: wrong key, plain RTP, unknown first byte

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("packetsSent", packetsSent);
    visitor("packetsReceived", packetsReceived);
    visitor("bytesSent", bytesSent);
    visitor("bytesReceived", bytesReceived);
    visitor("iceRole", iceRole);
    visitor("iceLocalUsernameFragment", iceLocalUsernameFragment);
    visitor("dtlsState", Always{dtlsState});
    visitor("iceState", iceState);
    visitor("selectedCandidatePairId", selectedCandidatePairId);
    visitor("localCertificateId", localCertificateId);
    visitor("remoteCertificateId", remoteCertificateId);
    visitor("tlsVersion", tlsVersion);
    visitor("dtlsCipher", dtlsCipher);
    visitor("dtlsRole", dtlsRole);
    visitor("srtpCipher", srtpCipher);
    visitor("selectedCandidatePairChanges", selectedCandidatePairChanges);
    visitor("ccfbMessagesSent", ccfbMessagesSent);
    visitor("ccfbMessagesReceived", ccfbMessagesReceived);
  }
};

/// webrtc-stats of 2021: taken out since for want of implementers, and what was there is what it says here.
struct RTCSctpTransportStats : RTCStats {
  RTCSctpTransportStats() : RTCStats(RTCStatsType::kSctpTransport) {}

  std::string transportId;
  Stat<double> smoothedRoundTripTime;  ///< seconds; nothing before the first measurement
  Stat<uint64_t> congestionWindow;     ///< bytes
  Stat<uint64_t> receiverWindow;       ///< bytes that the peer takes beyond what is on its way
  Stat<uint64_t> mtu;                  ///< bytes of the largest SCTP packet
  Stat<uint64_t> unackData;            ///< bytes on their way

  // Beside the IDL.
  uint64_t retransmissions = 0;          ///< chunks sent again, for whatever reason
  uint64_t timeouts = 0;                 ///< T3 expired
  uint64_t spuriousRetransmissions = 0;  ///< that the peer says it had
  bool interleaving = false;             ///< I-DATA was agreed on
  bool zeroChecksum = false;             ///< we send checksums of zero

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("transportId", transportId);
    visitor("smoothedRoundTripTime", smoothedRoundTripTime);
    visitor("congestionWindow", congestionWindow);
    visitor("receiverWindow", receiverWindow);
    visitor("mtu", mtu);
    visitor("unackData", unackData);
  }
};

/// of both sides, by `type`.
struct RTCIceCandidateStats : RTCStats {
  using RTCStats::RTCStats;

  std::string transportId;
  std::string address;
  Stat<int32_t> port;
  std::string protocol;  ///< "udp", "tcp"
  std::string candidateType;
  Stat<int64_t> priority;
  std::string url;            ///< of the server that it came from
  std::string relayProtocol;  ///< to the TURN server
  std::string foundation;
  std::string relatedAddress;
  Stat<int32_t> relatedPort;
  std::string usernameFragment;
  std::string tcpType;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("transportId", Always{transportId});
    visitor("address", address);
    visitor("port", port);
    visitor("protocol", protocol);
    visitor("candidateType", Always{candidateType});
    visitor("priority", priority);
    visitor("url", url);
    visitor("relayProtocol", relayProtocol);
    visitor("foundation", foundation);
    visitor("relatedAddress", relatedAddress);
    visitor("relatedPort", relatedPort);
    visitor("usernameFragment", usernameFragment);
    visitor("tcpType", tcpType);
  }
};

/// webrtc-stats.
struct RTCIceCandidatePairStats : RTCStats {
  RTCIceCandidatePairStats() : RTCStats(RTCStatsType::kCandidatePair) {}

  std::string transportId;
  std::string localCandidateId;
  std::string remoteCandidateId;
  std::string state;  ///< "frozen", "waiting", "in-progress", "failed", "succeeded"
  Stat<bool> nominated;
  Stat<uint64_t> packetsSent;
  Stat<uint64_t> packetsReceived;
  Stat<uint64_t> bytesSent;
  Stat<uint64_t> bytesReceived;
  StatTime lastPacketSentTimestamp;
  StatTime lastPacketReceivedTimestamp;
  Stat<double> totalRoundTripTime;
  Stat<double> currentRoundTripTime;
  Stat<double> availableOutgoingBitrate;  ///< what congestion control finds, or the far end says
  Stat<double> availableIncomingBitrate;
  Stat<uint64_t> requestsReceived;
  Stat<uint64_t> requestsSent;
  Stat<uint64_t> responsesReceived;
  Stat<uint64_t> responsesSent;
  Stat<uint64_t> consentRequestsSent;
  Stat<uint32_t> packetsDiscardedOnSend;
  Stat<uint64_t> bytesDiscardedOnSend;

  // Beside the IDL: the pair in one look.
  bool selected = false;
  Stat<double> outgoingQueueDelay;    ///< seconds that packets wait on the way, as congestion control sees it
  Stat<double> outgoingLossRate;      ///< of late, 0 to 1
  std::string local, remote;          ///< "192.0.2.1:5000"
  std::string localType, remoteType;  ///< "host", "srflx", "prflx", "relay"

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("transportId", Always{transportId});
    visitor("localCandidateId", Always{localCandidateId});
    visitor("remoteCandidateId", Always{remoteCandidateId});
    visitor("state", Always{state});
    visitor("nominated", nominated);
    visitor("packetsSent", packetsSent);
    visitor("packetsReceived", packetsReceived);
    visitor("bytesSent", bytesSent);
    visitor("bytesReceived", bytesReceived);
    visitor("lastPacketSentTimestamp", lastPacketSentTimestamp);
    visitor("lastPacketReceivedTimestamp", lastPacketReceivedTimestamp);
    visitor("totalRoundTripTime", totalRoundTripTime);
    visitor("currentRoundTripTime", currentRoundTripTime);
    visitor("availableOutgoingBitrate", availableOutgoingBitrate);
    visitor("availableIncomingBitrate", availableIncomingBitrate);
    visitor("requestsReceived", requestsReceived);
    visitor("requestsSent", requestsSent);
    visitor("responsesReceived", responsesReceived);
    visitor("responsesSent", responsesSent);
    visitor("consentRequestsSent", consentRequestsSent);
    visitor("packetsDiscardedOnSend", packetsDiscardedOnSend);
    visitor("bytesDiscardedOnSend", bytesDiscardedOnSend);
  }
};

/// webrtc-stats.
struct RTCCertificateStats : RTCStats {
  RTCCertificateStats() : RTCStats(RTCStatsType::kCertificate) {}

  std::string fingerprint;           ///< "4A:AD:B9:…"
  std::string fingerprintAlgorithm;  ///< "sha-256"
  std::string base64Certificate;     ///< of its DER
  std::string issuerCertificateId;   ///< of a chain; ours and browsers' have none

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("fingerprint", Always{fingerprint});
    visitor("fingerprintAlgorithm", Always{fingerprintAlgorithm});
    visitor("base64Certificate", Always{base64Certificate});
    visitor("issuerCertificateId", issuerCertificateId);
  }
};

}  // namespace tincan::inline v0::stack

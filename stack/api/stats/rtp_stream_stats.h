#pragma once

#include <cstdint>
#include <string>

#include "stack/api/stats/stats.h"

/// webrtc-stats: streams of RTP. Times are in seconds, timestamps in milliseconds, sizes in bytes.
/// What is beside the IDL is marked, and told by no visitor.
namespace tincan::inline v0::stack {

/// webrtc-stats.
struct RTCRtpStreamStats : RTCStats {
  using RTCStats::RTCStats;

  uint32_t ssrc = 0;
  std::string kind;  ///< "audio" or "video"
  std::string transportId;
  std::string codecId;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("ssrc", ssrc);
    visitor("kind", Always{kind});
    visitor("transportId", transportId);
    visitor("codecId", codecId);
  }
};

/// webrtc-stats.
struct RTCReceivedRtpStreamStats : RTCRtpStreamStats {
  using RTCRtpStreamStats::RTCRtpStreamStats;

  Stat<uint64_t> packetsReceived;
  Stat<uint64_t> packetsReceivedWithEct1;
  Stat<uint64_t> packetsReceivedWithCe;
  Stat<uint64_t> packetsReportedAsLost;
  Stat<uint64_t> packetsReportedAsLostButRecovered;
  Stat<int64_t> packetsLost;  ///< RFC 3550 §6.4.1: negative where packets came twice
  Stat<double> jitter;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCRtpStreamStats::visitMembers(visitor);
    visitor("packetsReceived", packetsReceived);
    visitor("packetsReceivedWithEct1", packetsReceivedWithEct1);
    visitor("packetsReceivedWithCe", packetsReceivedWithCe);
    visitor("packetsReportedAsLost", packetsReportedAsLost);
    visitor("packetsReportedAsLostButRecovered", packetsReportedAsLostButRecovered);
    visitor("packetsLost", packetsLost);
    visitor("jitter", jitter);
  }
};

/// webrtc-stats.
struct RTCInboundRtpStreamStats : RTCReceivedRtpStreamStats {
  RTCInboundRtpStreamStats() : RTCReceivedRtpStreamStats(RTCStatsType::kInboundRtp) {}

  std::string trackIdentifier;
  std::string mid;
  std::string remoteId;
  Stat<uint64_t> framesDecoded;  ///< those that nobody looked at included
  Stat<uint64_t> keyFramesDecoded;
  Stat<uint64_t> framesRendered;
  Stat<uint64_t> framesDropped;
  Stat<uint32_t> frameWidth;
  Stat<uint32_t> frameHeight;
  Stat<double> framesPerSecond;  ///< of the last second
  Stat<uint64_t> qpSum;          ///< of VP8 (0 to 127) and VP9 (0 to 255)
  Stat<double> totalDecodeTime;
  Stat<double> totalInterFrameDelay;
  Stat<double> totalSquaredInterFrameDelay;
  Stat<uint32_t> pauseCount;
  Stat<double> totalPausesDuration;
  Stat<uint32_t> freezeCount;
  Stat<double> totalFreezesDuration;
  StatTime lastPacketReceivedTimestamp;
  Stat<uint64_t> headerBytesReceived;
  Stat<uint64_t> packetsDiscarded;
  Stat<uint64_t> fecBytesReceived;
  Stat<uint64_t> fecPacketsReceived;
  Stat<uint64_t> fecPacketsDiscarded;
  Stat<uint64_t> bytesReceived;  ///< of payloads
  Stat<uint32_t> nackCount;
  Stat<uint32_t> firCount;
  Stat<uint32_t> pliCount;
  Stat<double> totalProcessingDelay;
  StatTime estimatedPlayoutTimestamp;  ///< since 1900, by the sender's clock
  Stat<double> jitterBufferDelay;
  Stat<double> jitterBufferTargetDelay;
  Stat<uint64_t> jitterBufferEmittedCount;
  Stat<double> jitterBufferMinimumDelay;
  Stat<uint64_t> totalSamplesReceived;
  Stat<uint64_t> concealedSamples;
  Stat<uint64_t> silentConcealedSamples;
  Stat<uint64_t> concealmentEvents;
  Stat<uint64_t> insertedSamplesForDeceleration;
  Stat<uint64_t> removedSamplesForAcceleration;
  Stat<double> audioLevel;  ///< 0 to 1
  Stat<double> totalAudioEnergy;
  Stat<double> totalSamplesDuration;
  Stat<uint64_t> framesReceived;
  std::string decoderImplementation;
  std::string playoutId;
  Stat<bool> powerEfficientDecoder;
  Stat<uint64_t> framesAssembledFromMultiplePackets;
  Stat<double> totalAssemblyTime;
  Stat<uint64_t> retransmittedPacketsReceived;
  Stat<uint64_t> retransmittedBytesReceived;
  Stat<uint32_t> rtxSsrc;
  Stat<uint32_t> fecSsrc;
  Stat<double> totalCorruptionProbability;
  Stat<double> totalSquaredCorruptionProbability;
  Stat<uint64_t> corruptionMeasurements;

  // Beside the IDL.
  std::string codec;              ///< "video/VP8", as the codec's mimeType
  uint64_t framesOverBudget = 0;  ///< of framesDropped: past the decoders or pixels that one connection may have

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCReceivedRtpStreamStats::visitMembers(visitor);
    visitor("trackIdentifier", Always{trackIdentifier});
    visitor("mid", mid);
    visitor("remoteId", remoteId);
    visitor("framesDecoded", framesDecoded);
    visitor("keyFramesDecoded", keyFramesDecoded);
    visitor("framesRendered", framesRendered);
    visitor("framesDropped", framesDropped);
    visitor("frameWidth", frameWidth);
    visitor("frameHeight", frameHeight);
    visitor("framesPerSecond", framesPerSecond);
    visitor("qpSum", qpSum);
    visitor("totalDecodeTime", totalDecodeTime);
    visitor("totalInterFrameDelay", totalInterFrameDelay);
    visitor("totalSquaredInterFrameDelay", totalSquaredInterFrameDelay);
    visitor("pauseCount", pauseCount);
    visitor("totalPausesDuration", totalPausesDuration);
    visitor("freezeCount", freezeCount);
    visitor("totalFreezesDuration", totalFreezesDuration);
    visitor("lastPacketReceivedTimestamp", lastPacketReceivedTimestamp);
    visitor("headerBytesReceived", headerBytesReceived);
    visitor("packetsDiscarded", packetsDiscarded);
    visitor("fecBytesReceived", fecBytesReceived);
    visitor("fecPacketsReceived", fecPacketsReceived);
    visitor("fecPacketsDiscarded", fecPacketsDiscarded);
    visitor("bytesReceived", bytesReceived);
    visitor("nackCount", nackCount);
    visitor("firCount", firCount);
    visitor("pliCount", pliCount);
    visitor("totalProcessingDelay", totalProcessingDelay);
    visitor("estimatedPlayoutTimestamp", estimatedPlayoutTimestamp);
    visitor("jitterBufferDelay", jitterBufferDelay);
    visitor("jitterBufferTargetDelay", jitterBufferTargetDelay);
    visitor("jitterBufferEmittedCount", jitterBufferEmittedCount);
    visitor("jitterBufferMinimumDelay", jitterBufferMinimumDelay);
    visitor("totalSamplesReceived", totalSamplesReceived);
    visitor("concealedSamples", concealedSamples);
    visitor("silentConcealedSamples", silentConcealedSamples);
    visitor("concealmentEvents", concealmentEvents);
    visitor("insertedSamplesForDeceleration", insertedSamplesForDeceleration);
    visitor("removedSamplesForAcceleration", removedSamplesForAcceleration);
    visitor("audioLevel", audioLevel);
    visitor("totalAudioEnergy", totalAudioEnergy);
    visitor("totalSamplesDuration", totalSamplesDuration);
    visitor("framesReceived", framesReceived);
    visitor("decoderImplementation", decoderImplementation);
    visitor("playoutId", playoutId);
    visitor("powerEfficientDecoder", powerEfficientDecoder);
    visitor("framesAssembledFromMultiplePackets", framesAssembledFromMultiplePackets);
    visitor("totalAssemblyTime", totalAssemblyTime);
    visitor("retransmittedPacketsReceived", retransmittedPacketsReceived);
    visitor("retransmittedBytesReceived", retransmittedBytesReceived);
    visitor("rtxSsrc", rtxSsrc);
    visitor("fecSsrc", fecSsrc);
    visitor("totalCorruptionProbability", totalCorruptionProbability);
    visitor("totalSquaredCorruptionProbability", totalSquaredCorruptionProbability);
    visitor("corruptionMeasurements", corruptionMeasurements);
  }
};

/// what the far end's reports say of a stream of ours.
struct RTCRemoteInboundRtpStreamStats : RTCReceivedRtpStreamStats {
  RTCRemoteInboundRtpStreamStats() : RTCReceivedRtpStreamStats(RTCStatsType::kRemoteInboundRtp) {}

  std::string localId;
  Stat<double> roundTripTime;
  Stat<double> totalRoundTripTime;
  Stat<double> fractionLost;
  Stat<uint64_t> roundTripTimeMeasurements;
  Stat<uint64_t> packetsWithBleachedEct1Marking;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCReceivedRtpStreamStats::visitMembers(visitor);
    visitor("localId", localId);
    visitor("roundTripTime", roundTripTime);
    visitor("totalRoundTripTime", totalRoundTripTime);
    visitor("fractionLost", fractionLost);
    visitor("roundTripTimeMeasurements", roundTripTimeMeasurements);
    visitor("packetsWithBleachedEct1Marking", packetsWithBleachedEct1Marking);
  }
};

/// webrtc-stats.
struct RTCSentRtpStreamStats : RTCRtpStreamStats {
  using RTCRtpStreamStats::RTCRtpStreamStats;

  Stat<uint64_t> packetsSent;
  Stat<uint64_t> bytesSent;  ///< of payloads

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCRtpStreamStats::visitMembers(visitor);
    visitor("packetsSent", packetsSent);
    visitor("bytesSent", bytesSent);
  }
};

/// §8.7.1
enum class RTCQualityLimitationReason : uint8_t { kNone, kCpu, kBandwidth, kOther };
std::string_view toString(RTCQualityLimitationReason reason);

/// webrtc-stats.
struct RTCOutboundRtpStreamStats : RTCSentRtpStreamStats {
  RTCOutboundRtpStreamStats() : RTCSentRtpStreamStats(RTCStatsType::kOutboundRtp) {}

  std::string mid;
  std::string mediaSourceId;
  std::string remoteId;
  std::string rid;
  Stat<uint32_t> encodingIndex;
  Stat<uint64_t> headerBytesSent;
  Stat<uint64_t> retransmittedPacketsSent;
  Stat<uint64_t> retransmittedBytesSent;
  Stat<uint32_t> rtxSsrc;
  Stat<double> targetBitrate;
  Stat<uint64_t> totalEncodedBytesTarget;
  Stat<uint32_t> frameWidth;
  Stat<uint32_t> frameHeight;
  Stat<double> framesPerSecond;
  Stat<uint64_t> framesSent;
  Stat<uint64_t> hugeFramesSent;
  Stat<uint64_t> framesEncoded;
  Stat<uint64_t> keyFramesEncoded;
  Stat<uint64_t> qpSum;  ///< of VP8 (0 to 127), VP9 and AV1 (0 to 255)
  StatDurations psnrSum;
  Stat<uint64_t> psnrMeasurements;
  Stat<double> totalEncodeTime;  ///< on the clock of the loop: 0 where pictures are encoded within a call of it
  Stat<double> totalPacketSendDelay;
  std::string qualityLimitationReason;  ///< of RTCQualityLimitationReason
  StatDurations qualityLimitationDurations;
  Stat<uint32_t> qualityLimitationResolutionChanges;
  Stat<uint32_t> nackCount;
  Stat<uint32_t> firCount;
  Stat<uint32_t> pliCount;
  std::string encoderImplementation;
  Stat<bool> powerEfficientEncoder;
  Stat<bool> active;
  std::string scalabilityMode;
  Stat<uint64_t> packetsSentWithEct1;

  // Beside the IDL; what the far end's reports say is in RTCRemoteInboundRtpStreamStats as well.
  std::string trackIdentifier;
  uint64_t framesNotEncoded = 0;        ///< pictures that an encoder on a thread had no time for
  uint64_t framesRefused = 0;           ///< of a track that is encoded already: EncodedSource::onrefused says why
  std::string codec;                    ///< "video/VP8"
  uint64_t retransmissionsRefused = 0;  ///< asked for, past the share of the line that repairs may take
  Stat<int64_t> remotePacketsLost;
  // By reports of RFC 8888.
  Stat<uint64_t> remoteWithEct1, remoteWithCe, remoteBleached, remoteReportedLost, remoteRecovered;
  Stat<double> remoteFractionLost, remoteJitter, roundTripTime, totalRoundTripTime;
  Stat<uint64_t> roundTripTimeMeasurements;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCSentRtpStreamStats::visitMembers(visitor);
    visitor("mid", mid);
    visitor("mediaSourceId", mediaSourceId);
    visitor("remoteId", remoteId);
    visitor("rid", rid);
    visitor("encodingIndex", encodingIndex);
    visitor("headerBytesSent", headerBytesSent);
    visitor("retransmittedPacketsSent", retransmittedPacketsSent);
    visitor("retransmittedBytesSent", retransmittedBytesSent);
    visitor("rtxSsrc", rtxSsrc);
    visitor("targetBitrate", targetBitrate);
    visitor("totalEncodedBytesTarget", totalEncodedBytesTarget);
    visitor("frameWidth", frameWidth);
    visitor("frameHeight", frameHeight);
    visitor("framesPerSecond", framesPerSecond);
    visitor("framesSent", framesSent);
    visitor("hugeFramesSent", hugeFramesSent);
    visitor("framesEncoded", framesEncoded);
    visitor("keyFramesEncoded", keyFramesEncoded);
    visitor("qpSum", qpSum);
    visitor("psnrSum", psnrSum);
    visitor("psnrMeasurements", psnrMeasurements);
    visitor("totalEncodeTime", totalEncodeTime);
    visitor("totalPacketSendDelay", totalPacketSendDelay);
    visitor("qualityLimitationReason", qualityLimitationReason);
    visitor("qualityLimitationDurations", qualityLimitationDurations);
    visitor("qualityLimitationResolutionChanges", qualityLimitationResolutionChanges);
    visitor("nackCount", nackCount);
    visitor("firCount", firCount);
    visitor("pliCount", pliCount);
    visitor("encoderImplementation", encoderImplementation);
    visitor("powerEfficientEncoder", powerEfficientEncoder);
    visitor("active", active);
    visitor("scalabilityMode", scalabilityMode);
    visitor("packetsSentWithEct1", packetsSentWithEct1);
  }
};

/// what the far end's sender reports say of a stream that we receive.
struct RTCRemoteOutboundRtpStreamStats : RTCSentRtpStreamStats {
  RTCRemoteOutboundRtpStreamStats() : RTCSentRtpStreamStats(RTCStatsType::kRemoteOutboundRtp) {}

  std::string localId;
  StatTime remoteTimestamp;
  Stat<uint64_t> reportsSent;
  Stat<double> roundTripTime;
  Stat<double> totalRoundTripTime;
  Stat<uint64_t> roundTripTimeMeasurements;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCSentRtpStreamStats::visitMembers(visitor);
    visitor("localId", localId);
    visitor("remoteTimestamp", remoteTimestamp);
    visitor("reportsSent", reportsSent);
    visitor("roundTripTime", roundTripTime);
    visitor("totalRoundTripTime", totalRoundTripTime);
    visitor("roundTripTimeMeasurements", roundTripTimeMeasurements);
  }
};

}  // namespace tincan::inline v0::stack

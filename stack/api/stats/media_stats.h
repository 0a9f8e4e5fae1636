#pragma once

#include <cstdint>
#include <string>

#include "stack/api/stats/stats.h"

/// webrtc-stats: codecs, the sources of what is sent, and where sound is played.
namespace tincan::inline v0::stack {

/// a codec that a stream uses.
struct RTCCodecStats : RTCStats {
  RTCCodecStats() : RTCStats(RTCStatsType::kCodec) {}

  Stat<uint32_t> payloadType;
  std::string transportId;
  std::string mimeType;  ///< "video/VP8"
  Stat<uint32_t> clockRate;
  Stat<uint32_t> channels;  ///< audio only
  std::string sdpFmtpLine;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("payloadType", payloadType);
    visitor("transportId", transportId);
    visitor("mimeType", Always{mimeType});
    visitor("clockRate", clockRate);
    visitor("channels", channels);
    visitor("sdpFmtpLine", sdpFmtpLine);
  }
};

/// webrtc-stats.
struct RTCMediaSourceStats : RTCStats {
  RTCMediaSourceStats() : RTCStats(RTCStatsType::kMediaSource) {}

  std::string trackIdentifier;
  std::string kind;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("trackIdentifier", Always{trackIdentifier});
    visitor("kind", Always{kind});
  }
};

/// webrtc-stats.
struct RTCAudioSourceStats : RTCMediaSourceStats {
  Stat<double> audioLevel;
  Stat<double> totalAudioEnergy;
  Stat<double> totalSamplesDuration;
  Stat<double> echoReturnLoss;
  Stat<double> echoReturnLossEnhancement;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCMediaSourceStats::visitMembers(visitor);
    visitor("audioLevel", audioLevel);
    visitor("totalAudioEnergy", totalAudioEnergy);
    visitor("totalSamplesDuration", totalSamplesDuration);
    visitor("echoReturnLoss", echoReturnLoss);
    visitor("echoReturnLossEnhancement", echoReturnLossEnhancement);
  }
};

/// webrtc-stats.
struct RTCVideoSourceStats : RTCMediaSourceStats {
  Stat<uint32_t> width;
  Stat<uint32_t> height;
  Stat<uint64_t> frames;
  Stat<double> framesPerSecond;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCMediaSourceStats::visitMembers(visitor);
    visitor("width", width);
    visitor("height", height);
    visitor("frames", frames);
    visitor("framesPerSecond", framesPerSecond);
  }
};

/// webrtc-stats.
struct RTCAudioPlayoutStats : RTCStats {
  RTCAudioPlayoutStats() : RTCStats(RTCStatsType::kMediaPlayout) {}

  std::string kind;
  Stat<double> synthesizedSamplesDuration;
  Stat<uint64_t> synthesizedSamplesEvents;
  Stat<double> totalSamplesDuration;
  Stat<double> totalPlayoutDelay;
  Stat<uint64_t> totalSamplesCount;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    RTCStats::visitMembers(visitor);
    visitor("kind", Always{kind});
    visitor("synthesizedSamplesDuration", synthesizedSamplesDuration);
    visitor("synthesizedSamplesEvents", synthesizedSamplesEvents);
    visitor("totalSamplesDuration", totalSamplesDuration);
    visitor("totalPlayoutDelay", totalPlayoutDelay);
    visitor("totalSamplesCount", totalSamplesCount);
  }
};

}  // namespace tincan::inline v0::stack

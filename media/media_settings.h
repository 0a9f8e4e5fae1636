#pragma once

#include <optional>
#include <string>

namespace tincan::inline v0::media {

/// W3C MediaTrackSettings (Media Capture and Streams §4.3.9): what a source is set to. Absent: it has no such thing.
struct MediaTrackSettings {
  std::optional<int> width, height;
  std::optional<double> aspectRatio, frameRate;
  std::optional<int> sampleRate, sampleSize, channelCount;
  std::optional<double> latency;
  std::string deviceId, groupId;
};

}  // namespace tincan::inline v0::media

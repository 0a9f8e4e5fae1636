#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tincan::inline v0::media {

/// W3C MediaDeviceKind (Media Capture and Streams §9.3).
enum class MediaDeviceKind : uint8_t { kAudioinput, kAudiooutput, kVideoinput };
std::string_view toString(MediaDeviceKind kind);  ///< "audioinput"

/// W3C MediaDeviceInfo.
struct MediaDeviceInfo {
  std::string deviceId;
  MediaDeviceKind kind = MediaDeviceKind::kAudioinput;
  std::string label;
  std::string groupId;
};

constexpr std::string_view kCameraDevice = "tincan-camera";
constexpr std::string_view kMicrophoneDevice = "tincan-microphone";
constexpr std::string_view kFileDevice = "tincan-file";  ///< of a track that a file feeds; not among enumerateDevices()
constexpr std::string_view kCameraLabel = "tincan synthetic camera";
constexpr std::string_view kMicrophoneLabel = "tincan tone microphone";
constexpr std::string_view kSyntheticGroup = "tincan-synthetic";

/// W3C enumerateDevices: what getUserMedia can open without a file, microphones first.
std::vector<MediaDeviceInfo> enumerateDevices();

}  // namespace tincan::inline v0::media

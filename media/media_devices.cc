#include "media/media_devices.h"

namespace tincan::inline v0::media {

std::string_view toString(MediaDeviceKind kind) {
  switch (kind) {
    case MediaDeviceKind::kAudioinput: return "audioinput";
    case MediaDeviceKind::kAudiooutput: return "audiooutput";
    case MediaDeviceKind::kVideoinput: return "videoinput";
  }
  return "";
}

std::vector<MediaDeviceInfo> enumerateDevices() {
  const auto device = [](std::string_view id, MediaDeviceKind kind, std::string_view label) {
    return MediaDeviceInfo{std::string(id), kind, std::string(label), std::string(kSyntheticGroup)};
  };
  return {device(kMicrophoneDevice, MediaDeviceKind::kAudioinput, kMicrophoneLabel),
          device(kCameraDevice, MediaDeviceKind::kVideoinput, kCameraLabel)};
}

}  // namespace tincan::inline v0::media

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/media_devices.h"

namespace tincan::inline v0::devices {

/// "v4l2:/dev/video0", "pulse:NAME": how the ids of real devices begin.
constexpr std::string_view kCameraPrefix = "v4l2:", kSoundPrefix = "pulse:";

/// What this machine has of one kind, the default one first. Empty where there is none, or no sound server.
std::vector<media::MediaDeviceInfo> listDevices(media::MediaDeviceKind kind);
/// The name that FFmpeg knows a device by, out of its id or kDefaultDevice. NotFoundError where there is no such device.
Result<std::string> deviceNamed(media::MediaDeviceKind kind, const std::string& id);

}  // namespace tincan::inline v0::devices

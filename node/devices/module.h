#pragma once

#include <memory>
#include <vector>

#include "devices/poster.h"
#include "media/get_user_media.h"
#include "media/media_devices.h"

namespace tincan::inline v0::node {

/// What tincan_devices.so gives the addon: devices/ and FFmpeg, a hundred libraries that a program without cameras need not
/// load. It is looked for beside the addon when somebody asks for a real device, and stays. Both are of one build.
struct DevicesModule {
  static constexpr const char* kFile = "tincan_devices.so";
  static constexpr const char* kEntry = "tincanDevices";

  std::vector<media::MediaDeviceInfo> (*enumerateDevices)();
  /// As devices::getUserMedia(): the loop that `poster` is of outlives the tracks.
  Result<std::shared_ptr<media::MediaStream>> (*getUserMedia)(const devices::Poster& poster,
                                                              const media::MediaStreamConstraints& wish,
                                                              RandomSource& random);
};

}  // namespace tincan::inline v0::node

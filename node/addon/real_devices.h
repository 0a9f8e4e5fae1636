#pragma once

#include <memory>
#include <vector>

#include "media/get_user_media.h"
#include "media/media_devices.h"
#include "node/devices/module.h"
#include "node/uv_driver/uv_inbox.h"

namespace tincan::inline v0::node {

/// Cameras, microphones and files of any kind, where tincan_devices.so is beside the addon; the synthetic ones, WAV and Y4M
/// everywhere. One for a loop, and on it.
class RealDevices {
 public:
  explicit RealDevices(UvLoop& loop) : loop_(loop) {}

  /// Microphones, cameras and speakers of this machine, then the synthetic ones.
  std::vector<media::MediaDeviceInfo> enumerate() const;
  /// NotFoundError where there is no such device or file, NotReadableError where it cannot be had, NotSupportedError for a
  /// file that takes FFmpeg where there is none.
  Result<std::shared_ptr<media::MediaStream>> getUserMedia(const media::MediaStreamConstraints& wish,
                                                           RandomSource& random);
  /// The loop ends: what readers still post is dropped.
  void close();

 private:
  UvLoop& loop_;
  std::shared_ptr<UvInbox> inbox_;  // where readers post to; made when one is opened
};

}  // namespace tincan::inline v0::node

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "devices/poster.h"
#include "media/get_user_media.h"
#include "media/media_devices.h"
#include "net/loop.h"

/// Real cameras, microphones, speakers, and files of any kind, by FFmpeg: one library that knows V4L2, PulseAudio (and
/// PipeWire in its place) and every container and codec. Optional (TINCAN_FFMPEG): a build without it has the synthetic
/// devices, WAV and Y4M. Devices are read on threads of their own; their frames come to the loop by post.
namespace tincan::inline v0::devices {

/// Of AudioConstraints and VideoConstraints: the first real device that there is.
constexpr std::string_view kDefaultDevice = "default";

/// Whether real devices and files of any kind can be had at all: loads FFmpeg. NotFoundError where it is not installed, with
/// the package to install; NotSupportedError in a build without it.
Result<void> load();
/// Whether getUserMedia has to load() for these: a real device, or a file that is neither WAV nor Y4M.
bool needsFfmpeg(const media::MediaStreamConstraints& constraints);

/// W3C enumerateDevices (Media Capture and Streams §9.2): microphones, cameras and speakers of this machine, then the
/// synthetic ones. It asks the sound server and opens each camera, so it takes a moment.
std::vector<media::MediaDeviceInfo> enumerateDevices();

/// W3C getUserMedia over real devices: `deviceId` of a constraint names one of enumerateDevices(), or is kDefaultDevice;
/// where it is empty, media::getUserMedia is asked. A file that is neither WAV nor Y4M is read by FFmpeg, over and over;
/// one that both constraints name is read once, and its sound and pictures stay together.
/// NotFoundError where there is no such device or file, or no FFmpeg; NotReadableError where there is and it cannot be had (busy, no
/// permission, unplugged), NotSupportedError in a build without FFmpeg. `loop` outlives the tracks.
Result<std::shared_ptr<media::MediaStream>> getUserMedia(net::Loop& loop,
                                                         const media::MediaStreamConstraints& constraints,
                                                         RandomSource& random);
/// The same, where the loop is of another kind.
Result<std::shared_ptr<media::MediaStream>> getUserMedia(const Poster& loop,
                                                         const media::MediaStreamConstraints& constraints,
                                                         RandomSource& random);

}  // namespace tincan::inline v0::devices

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "media/audio_frame.h"

namespace tincan::inline v0::devices {

/// Plays sound on a device of this machine. Each has a stream of its own there: the sound server mixes.
class Speaker {
 public:
  /// `deviceId` of an audiooutput, or kDefaultDevice. NotFoundError where there is none, NotReadableError where it
  /// cannot be had, NotSupportedError in a build without FFmpeg.
  static Result<std::unique_ptr<Speaker>> open(const std::string& deviceId, int channels = 2);
  virtual ~Speaker() = default;

  /// Plays the frame behind those before it, and never waits: what the device is too slow for is dropped, the oldest
  /// first. Mono and stereo are taken.
  virtual void play(const media::AudioFrame& frame) = 0;
  virtual uint64_t dropped() const = 0;
};

}  // namespace tincan::inline v0::devices

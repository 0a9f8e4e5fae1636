#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/random.h"
#include "base/result.h"
#include "media/media_stream.h"

namespace tincan::inline v0::media {

/// What the microphone should be: a tone, or a WAV file that loops.
struct AudioConstraints {
  double toneFrequency = 1000;  ///< Hz
  std::string file{};           ///< when not empty, this instead of the tone
  std::string deviceId{};       ///< of enumerateDevices(); real ones are devices::getUserMedia's
};

/// What the camera should be: the synthetic one, or a Y4M file that loops (with the file's own size and rate).
/// Sizes and rates are "ideal" ones, as bare numbers are for the W3C: the nearest that can be made is.
struct VideoConstraints {
  int width = 640;
  int height = 480;
  double frameRate = 30;
  std::string file{};
  std::string deviceId{};  ///< likewise
};

/// W3C MediaStreamConstraints (Media Capture and Streams §10.3): `{.audio = true, .video = true}`.
struct MediaStreamConstraints {
  std::variant<bool, AudioConstraints> audio = false;
  std::variant<bool, VideoConstraints> video = false;
};

/// W3C getUserMedia: a stream with the tracks asked for. TypeError when none is asked for or a number makes no sense,
/// NotFoundError for a file and for a device that is not there, else what is wrong with the file.
Result<std::shared_ptr<MediaStream>> getUserMedia(const MediaStreamConstraints& constraints, RandomSource& random);

}  // namespace tincan::inline v0::media

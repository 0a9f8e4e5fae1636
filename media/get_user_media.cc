#include "media/get_user_media.h"

#include <algorithm>
#include <cmath>

#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"
#include "media/wav_source.h"
#include "media/y4m_source.h"

namespace tincan::media {
namespace {

using TrackPtr = std::shared_ptr<MediaStreamTrack>;

template <class Constraints>
bool wanted(const std::variant<bool, Constraints>& value) {
  const bool* flag = std::get_if<bool>(&value);
  return !flag || *flag;
}

template <class Constraints>
Constraints detailsOf(const std::variant<bool, Constraints>& value) {
  const Constraints* details = std::get_if<Constraints>(&value);
  return details ? *details : Constraints{};
}

Result<TrackPtr> openMicrophone(const AudioConstraints& wish, RandomSource& random) {
  if (!wish.file.empty()) {
    auto source = WavSource::open(wish.file);
    if (!source) return source.error();
    return MediaStreamTrack::localAudio(std::move(*source), wish.file, random);
  }
  if (!std::isfinite(wish.toneFrequency) || wish.toneFrequency <= 0)
    return {ErrorCode::kTypeError, "the tone's frequency must be a number of Hz above 0"};
  // Above 20 kHz Opus lets nothing through (RFC 6716 §2).
  const double frequency = std::clamp(wish.toneFrequency, 20.0, 20'000.0);
  return MediaStreamTrack::localAudio(std::make_unique<ToneMicrophone>(frequency), "tincan tone microphone", random);
}

Result<TrackPtr> openCamera(const VideoConstraints& wish, RandomSource& random) {
  if (!wish.file.empty()) {
    auto source = Y4mSource::open(wish.file);
    if (!source) return source.error();
    return MediaStreamTrack::localVideo(std::move(*source), wish.file, random);
  }
  if (wish.width <= 0 || wish.height <= 0) return {ErrorCode::kTypeError, "a video's width and height must be above 0"};
  if (!std::isfinite(wish.frameRate) || wish.frameRate <= 0)
    return {ErrorCode::kTypeError, "a video's frameRate must be a number above 0"};
  auto camera = std::make_unique<SyntheticCamera>(
      SyntheticCamera::Options{.width = wish.width, .height = wish.height, .frameRate = wish.frameRate});
  return MediaStreamTrack::localVideo(std::move(camera), "tincan synthetic camera", random);
}

}  // namespace

Result<std::shared_ptr<MediaStream>> getUserMedia(const MediaStreamConstraints& constraints, RandomSource& random) {
  // Media Capture and Streams §10.2 step 4: a request for nothing is a TypeError.
  if (!wanted(constraints.audio) && !wanted(constraints.video))
    return {ErrorCode::kTypeError, "getUserMedia: ask for audio, video or both"};
  auto stream = MediaStream::create(random);
  if (wanted(constraints.audio)) {
    auto track = openMicrophone(detailsOf(constraints.audio), random);
    if (!track) return track.error();
    stream->addTrack(std::move(*track));
  }
  if (wanted(constraints.video)) {
    auto track = openCamera(detailsOf(constraints.video), random);
    if (!track) return track.error();
    stream->addTrack(std::move(*track));
  }
  return stream;
}

}  // namespace tincan::media

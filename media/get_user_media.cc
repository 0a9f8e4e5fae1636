#include "media/get_user_media.h"

#include <algorithm>
#include <cmath>

#include "media/media_devices.h"
#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"
#include "media/wav_source.h"
#include "media/y4m_source.h"

namespace tincan::inline v0::media {
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

// What every source of sound here gives.
MediaTrackSettings soundSettings(std::string_view device, int channels = 1) {
  MediaTrackSettings settings;
  settings.sampleRate = AudioFrame::kRate;
  settings.sampleSize = 16;
  settings.channelCount = channels;
  settings.latency = AudioFrame::kDuration.toSeconds();
  settings.deviceId = device;
  if (device != kFileDevice) settings.groupId = kSyntheticGroup;
  return settings;
}

Error noSuchDevice(const std::string& id) {
  return {ErrorCode::kNotFoundError, "there is no device \"" + id.substr(0, 200) +
                                         "\" here: media/ has synthetic ones, devices::getUserMedia has real ones"};
}

Result<TrackPtr> openMicrophone(const AudioConstraints& wish, RandomSource& random) {
  if (!wish.deviceId.empty() && wish.deviceId != kMicrophoneDevice) return noSuchDevice(wish.deviceId);
  if (!wish.file.empty()) {
    auto source = WavSource::open(wish.file);
    if (!source) return source.error();
    const int channels = (*source)->channels();
    return MediaStreamTrack::localAudio(std::move(*source), wish.file, random, soundSettings(kFileDevice, channels));
  }
  if (!std::isfinite(wish.toneFrequency) || wish.toneFrequency <= 0)
    return {ErrorCode::kTypeError, "the tone's frequency must be a number of Hz above 0"};
  // Above 20 kHz Opus lets nothing through (RFC 6716 §2).
  const double frequency = std::clamp(wish.toneFrequency, 20.0, 20'000.0);
  return MediaStreamTrack::localAudio(std::make_unique<ToneMicrophone>(frequency), std::string(kMicrophoneLabel),
                                      random, soundSettings(kMicrophoneDevice));
}

Result<TrackPtr> openCamera(const VideoConstraints& wish, RandomSource& random) {
  if (!wish.deviceId.empty() && wish.deviceId != kCameraDevice) return noSuchDevice(wish.deviceId);
  if (!wish.file.empty()) {
    auto source = Y4mSource::open(wish.file);
    if (!source) return source.error();
    MediaTrackSettings settings;
    settings.width = (*source)->width();
    settings.height = (*source)->height();
    settings.aspectRatio = static_cast<double>((*source)->width()) / (*source)->height();
    settings.frameRate = (*source)->frameRate();
    settings.deviceId = kFileDevice;
    return MediaStreamTrack::localVideo(std::move(*source), wish.file, random, std::move(settings));
  }
  if (wish.width <= 0 || wish.height <= 0) return {ErrorCode::kTypeError, "a video's width and height must be above 0"};
  if (!std::isfinite(wish.frameRate) || wish.frameRate <= 0)
    return {ErrorCode::kTypeError, "a video's frameRate must be a number above 0"};
  auto camera = std::make_unique<SyntheticCamera>(
      SyntheticCamera::Options{.width = wish.width, .height = wish.height, .frameRate = wish.frameRate});
  MediaTrackSettings settings;
  settings.width = camera->width();
  settings.height = camera->height();
  settings.aspectRatio = static_cast<double>(camera->width()) / camera->height();
  settings.frameRate = camera->frameRate();
  settings.deviceId = kCameraDevice;
  settings.groupId = kSyntheticGroup;
  return MediaStreamTrack::localVideo(std::move(camera), std::string(kCameraLabel), random, std::move(settings));
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

}  // namespace tincan::inline v0::media

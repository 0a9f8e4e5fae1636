// Whether there is FFmpeg, CMake says (TINCAN_HAVE_FFMPEG); this is the one file that asks, and ffmpeg/ is left out
// without it.
#include "devices/devices.h"

#include <algorithm>
#include <filesystem>
#include <variant>

#include "devices/speaker.h"

#ifdef TINCAN_HAVE_FFMPEG
#include "devices/ffmpeg/av_functions.h"
#include "devices/ffmpeg/av_speaker.h"
#include "devices/ffmpeg/list.h"
#include "devices/ffmpeg/open_tracks.h"
#endif

namespace tincan::inline v0::devices {
namespace {

using media::AudioConstraints;
using media::MediaStreamConstraints;
using media::VideoConstraints;

template <class Constraints>
const Constraints* detailsOf(const std::variant<bool, Constraints>& wish) {
  return std::get_if<Constraints>(&wish);
}

bool isSynthetic(const std::string& deviceId) {
  return deviceId.empty() || deviceId == media::kCameraDevice || deviceId == media::kMicrophoneDevice;
}

// What media/ reads by itself.
bool isPlain(const std::string& file, const char* extension) {
  std::string given = std::filesystem::path(file).extension().string();
  std::transform(given.begin(), given.end(), given.begin(), [](unsigned char c) { return std::tolower(c); });
  return file.empty() || given == extension;
}

bool needsSound(const MediaStreamConstraints& wish) {
  const auto* audio = detailsOf(wish.audio);
  return audio && (!isSynthetic(audio->deviceId) || !isPlain(audio->file, ".wav"));
}

bool needsPictures(const MediaStreamConstraints& wish) {
  const auto* video = detailsOf(wish.video);
  return video && (!isSynthetic(video->deviceId) || !isPlain(video->file, ".y4m"));
}

[[maybe_unused]] Error unavailable() {
  return {ErrorCode::kNotSupportedError,
          "this build has no devices: it was made without FFmpeg (libavdevice-dev, TINCAN_FFMPEG)"};
}

#ifdef TINCAN_HAVE_FFMPEG
Result<void> checkFile(const std::string& file) {
  std::error_code error;
  if (file.empty() || std::filesystem::is_regular_file(file, error)) return {};
  return Error(ErrorCode::kNotFoundError, "there is no file " + file);
}

// One file for both is read once.
Result<std::shared_ptr<media::MediaStream>> openReal(const Poster& loop, const MediaStreamConstraints& wish,
                                                     RandomSource& random) {
  auto stream = media::MediaStream::create(random);
  const auto* audio = needsSound(wish) ? detailsOf(wish.audio) : nullptr;
  const auto* video = needsPictures(wish) ? detailsOf(wish.video) : nullptr;
  for (const std::string& file : {audio ? audio->file : "", video ? video->file : ""})
    if (auto there = checkFile(file); !there) return there.error();
  const auto add = [&](auto opened) -> Result<void> {
    if (!opened) return opened.error();
    for (auto& track : *opened) stream->addTrack(std::move(track));
    return {};
  };
  const auto addOne = [&](Result<TrackPtr> opened) -> Result<void> {
    if (!opened) return opened.error();
    stream->addTrack(*std::move(opened));
    return {};
  };
  const bool together = audio && video && !audio->file.empty() && audio->file == video->file;
  Result<void> done;
  if (together) return (done = add(openFile(loop, audio->file, true, true, random))) ? Result(stream) : done.error();
  if (audio)
    done = audio->file.empty() ? addOne(openMicrophone(loop, *audio, random))
                               : add(openFile(loop, audio->file, true, false, random));
  if (!done) return done.error();
  if (video)
    done = video->file.empty() ? addOne(openCamera(loop, *video, random))
                               : add(openFile(loop, video->file, false, true, random));
  if (!done) return done.error();
  return stream;
}
#endif

}  // namespace

Result<void> load() {
#ifdef TINCAN_HAVE_FFMPEG
  return loadAv();
#else
  return unavailable();
#endif
}

bool needsFfmpeg(const MediaStreamConstraints& constraints) {
  return needsSound(constraints) || needsPictures(constraints);
}

std::vector<media::MediaDeviceInfo> enumerateDevices() {
  std::vector<media::MediaDeviceInfo> out;
#ifdef TINCAN_HAVE_FFMPEG
  for (const auto kind :
       {media::MediaDeviceKind::kAudioinput, media::MediaDeviceKind::kVideoinput, media::MediaDeviceKind::kAudiooutput})
    for (auto& each : listDevices(kind)) out.push_back(std::move(each));
#endif
  for (auto& each : media::enumerateDevices()) out.push_back(std::move(each));
  return out;
}

Result<std::shared_ptr<media::MediaStream>> getUserMedia([[maybe_unused]] const Poster& loop,
                                                         const MediaStreamConstraints& constraints,
                                                         RandomSource& random) {
  const bool sound = needsSound(constraints), pictures = needsPictures(constraints);
  if (!sound && !pictures) return media::getUserMedia(constraints, random);
#ifdef TINCAN_HAVE_FFMPEG
  auto real = openReal(loop, constraints, random);
  if (!real) return real.error();
  // The other kind may be a synthetic one.
  MediaStreamConstraints rest = constraints;
  if (sound) rest.audio = false;
  if (pictures) rest.video = false;
  const auto wanted = [](const auto& wish) {
    const bool* flag = std::get_if<bool>(&wish);
    return !flag || *flag;
  };
  if (!wanted(rest.audio) && !wanted(rest.video)) return real;
  auto synthetic = media::getUserMedia(rest, random);
  if (!synthetic) return synthetic.error();
  for (const auto& track : (*synthetic)->getTracks()) (*real)->addTrack(track);
  return real;
#else
  return unavailable();
#endif
}

Result<std::unique_ptr<Speaker>> Speaker::open([[maybe_unused]] const std::string& deviceId,
                                               [[maybe_unused]] int channels) {
#ifdef TINCAN_HAVE_FFMPEG
  const auto name = deviceNamed(media::MediaDeviceKind::kAudiooutput, deviceId);
  if (!name) return name.error();
  return AvSpeaker::open(*name, channels);
#else
  return unavailable();
#endif
}

}  // namespace tincan::inline v0::devices

#include "devices/ffmpeg/open_tracks.h"

#include <utility>

#include "devices/devices.h"
#include "devices/ffmpeg/list.h"
#include "devices/ffmpeg/reader.h"

namespace tincan::inline v0::devices {
namespace {

constexpr int kChannels = 2;  // of files; microphones are mono, as speech is

TrackPtr soundTrack(std::shared_ptr<Mailbox> box, std::shared_ptr<Reader> reader, int channels, std::string label,
                    std::string deviceId, RandomSource& random) {
  media::MediaTrackSettings settings;
  settings.sampleRate = media::AudioFrame::kRate;
  settings.sampleSize = 16;
  settings.channelCount = channels;
  settings.latency = media::AudioFrame::kDuration.toSeconds();
  settings.deviceId = std::move(deviceId);
  auto source = std::make_unique<MailboxMicrophone>(std::move(box), channels, std::move(reader));
  return media::MediaStreamTrack::localAudio(std::move(source), std::move(label), random, std::move(settings));
}

TrackPtr pictureTrack(std::shared_ptr<Mailbox> box, std::shared_ptr<Reader> reader, std::string label,
                      std::string deviceId, RandomSource& random) {
  media::MediaTrackSettings settings;
  settings.width = reader->width();
  settings.height = reader->height();
  settings.aspectRatio = static_cast<double>(reader->width()) / reader->height();
  settings.frameRate = reader->frameRate();
  settings.deviceId = std::move(deviceId);
  auto source = std::make_unique<MailboxCamera>(std::move(box), std::move(reader));
  return media::MediaStreamTrack::localVideo(std::move(source), std::move(label), random, std::move(settings));
}

std::string labelOf(media::MediaDeviceKind kind, const std::string& deviceId) {
  for (const auto& each : listDevices(kind))
    if (each.deviceId == deviceId) return each.label;
  return deviceId;
}

}  // namespace

Result<TrackPtr> openMicrophone(const Poster& loop, const media::AudioConstraints& wish, RandomSource& random) {
  const auto name = deviceNamed(media::MediaDeviceKind::kAudioinput, wish.deviceId);
  if (!name) return name.error();
  Reader::Request request;
  request.format = "pulse";
  request.url = *name;
  request.what = "the microphone " + *name;
  request.sound = true;
  auto reader = Reader::open(request);
  if (!reader) return reader.error();
  auto box = std::make_shared<Mailbox>();
  (*reader)->start(loop, nullptr, box);
  const std::string id = std::string(kSoundPrefix) + *name;
  return soundTrack(box, *reader, request.channels, labelOf(media::MediaDeviceKind::kAudioinput, id), id, random);
}

Result<TrackPtr> openCamera(const Poster& loop, const media::VideoConstraints& wish, RandomSource& random) {
  const auto name = deviceNamed(media::MediaDeviceKind::kVideoinput, wish.deviceId);
  if (!name) return name.error();
  Reader::Request request;
  request.format = "v4l2";
  request.url = *name;
  request.what = "the camera " + *name;
  request.pictures = true;
  request.width = wish.width;
  request.height = wish.height;
  request.frameRate = wish.frameRate;
  auto reader = Reader::open(request);
  if (!reader) return reader.error();
  auto box = std::make_shared<Mailbox>();
  (*reader)->start(loop, box, nullptr);
  const std::string id = std::string(kCameraPrefix) + *name;
  return pictureTrack(box, *reader, labelOf(media::MediaDeviceKind::kVideoinput, id), id, random);
}

Result<std::vector<TrackPtr>> openFile(const Poster& loop, const std::string& file, bool sound, bool pictures,
                                       RandomSource& random) {
  Reader::Request request;
  request.url = "file:" + file;  // no other protocol: a name is no address
  request.what = "the file " + file;
  request.sound = sound;
  request.pictures = pictures;
  request.channels = kChannels;
  auto reader = Reader::open(request);
  if (!reader) return reader.error();
  auto soundBox = sound ? std::make_shared<Mailbox>() : nullptr;
  auto pictureBox = pictures ? std::make_shared<Mailbox>() : nullptr;
  (*reader)->start(loop, pictureBox, soundBox);
  std::vector<TrackPtr> out;
  const std::string id(media::kFileDevice);
  if (sound) out.push_back(soundTrack(soundBox, *reader, kChannels, file, id, random));
  if (pictures) out.push_back(pictureTrack(pictureBox, *reader, file, id, random));
  return out;
}

}  // namespace tincan::inline v0::devices

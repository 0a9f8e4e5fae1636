#include "apps/call/capture.h"

#include <algorithm>
#include <cstdio>

#include "devices/devices.h"

namespace tincan::inline v0::apps {
namespace {

std::string deviceOf(const std::optional<std::string>& option) {
  if (!option) return {};
  return option->empty() ? std::string(devices::kDefaultDevice) : *option;
}

}  // namespace

Result<std::shared_ptr<media::MediaStream>> openCapture(net::Loop& loop, const CallOptions& options,
                                                        RandomSource& random) {
  media::MediaStreamConstraints constraints;
  if (options.sendsAudio()) {
    media::AudioConstraints audio;
    audio.toneFrequency = options.tone;
    audio.file = options.file.empty() ? options.audio.value_or("") : options.file;
    audio.deviceId = deviceOf(options.microphone);
    constraints.audio = audio;
  }
  if (options.sendsVideo()) {
    media::VideoConstraints video;
    video.file = options.file.empty() ? options.video.value_or("") : options.file;
    video.deviceId = deviceOf(options.camera);
    if (const auto size = parseResolution(options.resolution)) {
      video.width = size->first;
      video.height = size->second;
    }
    constraints.video = video;
  }
  if (!options.sendsAudio() && !options.sendsVideo()) return std::shared_ptr<media::MediaStream>();
  return devices::getUserMedia(loop, constraints, random);
}

int printDevices() {
  const auto all = devices::enumerateDevices();
  size_t widest = 0;
  for (const auto& each : all) widest = std::max(widest, each.deviceId.size());
  for (const auto& each : all)
    std::printf("%-11s  %-*s  %s\n", std::string(media::toString(each.kind)).c_str(), static_cast<int>(widest),
                each.deviceId.c_str(), each.label.c_str());
  if (!devices::available())
    std::printf("There are no real devices: FFmpeg 5 is not installed, or this build was made without it.\n");
  return 0;
}

}  // namespace tincan::inline v0::apps

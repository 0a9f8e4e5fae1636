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

media::MediaStreamConstraints constraintsOf(const CallOptions& options) {
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
  return constraints;
}

}  // namespace

Result<std::shared_ptr<media::MediaStream>> openCapture(net::Loop& loop, const CallOptions& options,
                                                        RandomSource& random) {
  if (!options.sendsAudio() && !options.sendsVideo()) return std::shared_ptr<media::MediaStream>();
  return devices::getUserMedia(loop, constraintsOf(options), random);
}

Result<void> checkCapture(const CallOptions& options) {
  const bool needed = options.speaker || devices::needsFfmpeg(constraintsOf(options));
  return needed ? devices::load() : Result<void>();
}

int printDevices() {
  const auto all = devices::enumerateDevices();
  size_t widest = 0;
  for (const auto& each : all) widest = std::max(widest, each.deviceId.size());
  for (const auto& each : all)
    std::printf("%-11s  %-*s  %s\n", std::string(media::toString(each.kind)).c_str(), static_cast<int>(widest),
                each.deviceId.c_str(), each.label.c_str());
  if (const auto loaded = devices::load(); !loaded) std::printf("%s\n", loaded.error().message().c_str());
  return 0;
}

}  // namespace tincan::inline v0::apps

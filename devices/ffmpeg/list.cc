#include "devices/ffmpeg/list.h"

#include <algorithm>

#include "devices/devices.h"
#include "devices/ffmpeg/av.h"

namespace tincan::inline v0::devices {
namespace {

using media::MediaDeviceInfo;
using media::MediaDeviceKind;

std::string_view prefixOf(MediaDeviceKind kind) {
  return kind == MediaDeviceKind::kVideoinput ? kCameraPrefix : kSoundPrefix;
}

AvPtr<AVDeviceInfoList> ask(MediaDeviceKind kind) {
  if (!prepareAv()) return nullptr;
  AVDeviceInfoList* list = nullptr;
  switch (kind) {
    case MediaDeviceKind::kVideoinput:
      avdevice_list_input_sources(av_find_input_format("v4l2"), nullptr, nullptr, &list);
      break;
    case MediaDeviceKind::kAudioinput:
      avdevice_list_input_sources(av_find_input_format("pulse"), nullptr, nullptr, &list);
      break;
    case MediaDeviceKind::kAudiooutput:
      avdevice_list_output_sinks(av_guess_format("pulse", nullptr, nullptr), nullptr, nullptr, &list);
      break;
  }
  return AvPtr<AVDeviceInfoList>(list);
}

std::string textOf(const char* text) {
  return text ? text : "";
}

}  // namespace

std::vector<MediaDeviceInfo> listDevices(MediaDeviceKind kind) {
  std::vector<MediaDeviceInfo> out;
  const AvPtr<AVDeviceInfoList> list = ask(kind);
  if (!list) return out;
  for (int i = 0; i < list->nb_devices; ++i) {
    const AVDeviceInfo& device = *list->devices[i];
    MediaDeviceInfo info;
    info.deviceId = std::string(prefixOf(kind)) + textOf(device.device_name);
    info.kind = kind;
    info.label = textOf(device.device_description);
    if (info.label.empty()) info.label = textOf(device.device_name);
    const bool first = i == list->default_device;
    out.insert(first ? out.begin() : out.end(), std::move(info));
  }
  return out;
}

Result<std::string> deviceNamed(MediaDeviceKind kind, const std::string& id) {
  if (auto prepared = prepareAv(); !prepared) return prepared.error();
  const std::string_view prefix = prefixOf(kind);
  const auto all = listDevices(kind);
  if (id == kDefaultDevice && !all.empty()) return all.front().deviceId.substr(prefix.size());
  for (const MediaDeviceInfo& each : all)
    if (each.deviceId == id || each.label == id || each.deviceId.substr(prefix.size()) == id)
      return each.deviceId.substr(prefix.size());
  const std::string what = kind == MediaDeviceKind::kVideoinput   ? "camera"
                           : kind == MediaDeviceKind::kAudioinput ? "microphone"
                                                                  : "speaker";
  if (id == kDefaultDevice)
    return {ErrorCode::kNotFoundError,
            "this machine has no " + what + (kind == MediaDeviceKind::kVideoinput ? "" : ", or no sound server runs")};
  return {ErrorCode::kNotFoundError, "there is no " + what + " \"" + id.substr(0, 200) + "\" among " +
                                         std::to_string(all.size()) + ": enumerateDevices has their ids"};
}

}  // namespace tincan::inline v0::devices

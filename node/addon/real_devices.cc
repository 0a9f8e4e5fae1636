#include "node/addon/real_devices.h"

#include <algorithm>
#include <dlfcn.h>
#include <filesystem>
#include <string>

namespace tincan::inline v0::node {

namespace {

const DevicesModule* load() {
  Dl_info self{};
  static const int here = 0;
  if (dladdr(&here, &self) == 0) return nullptr;
  const auto file = std::filesystem::path(self.dli_fname).parent_path() / DevicesModule::kFile;
  void* const module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!module) return nullptr;
  const auto entry = reinterpret_cast<const DevicesModule* (*)()>(dlsym(module, DevicesModule::kEntry));
  return entry ? entry() : nullptr;
}

// Once a process: workers have it together.
const DevicesModule* module() {
  static const DevicesModule* const loaded = load();
  return loaded;
}

bool isPlain(const std::string& file, const char* extension) {
  std::string given = std::filesystem::path(file).extension().string();
  std::transform(given.begin(), given.end(), given.begin(), [](unsigned char c) { return std::tolower(c); });
  return file.empty() || given == extension;
}

template <class Constraints>
bool isOurs(const std::variant<bool, Constraints>& wish, std::string_view device, const char* extension) {
  const auto* details = std::get_if<Constraints>(&wish);
  if (!details) return true;
  return (details->deviceId.empty() || details->deviceId == device) && isPlain(details->file, extension);
}

// What media/ has itself: FFmpeg is not loaded for it.
bool isOurs(const media::MediaStreamConstraints& wish) {
  return isOurs(wish.audio, media::kMicrophoneDevice, ".wav") && isOurs(wish.video, media::kCameraDevice, ".y4m");
}

template <class Constraints>
Result<void> refuse(const std::variant<bool, Constraints>& wish, std::string_view device, const char* extension) {
  const auto* details = std::get_if<Constraints>(&wish);
  if (!details) return {};
  if (!details->deviceId.empty() && details->deviceId != device)
    return {ErrorCode::kNotFoundError, "there is no device \"" + details->deviceId.substr(0, 200) + "\" here"};
  if (isPlain(details->file, extension)) return {};
  std::error_code error;
  if (!std::filesystem::is_regular_file(details->file, error))
    return {ErrorCode::kNotFoundError, "there is no file " + details->file};
  return {ErrorCode::kNotSupportedError,
          "this build reads WAV and Y4M only: it was made without FFmpeg (libavdevice-dev)"};
}

}  // namespace

std::vector<media::MediaDeviceInfo> RealDevices::enumerate() const {
  return module() ? module()->enumerateDevices() : media::enumerateDevices();
}

Result<std::shared_ptr<media::MediaStream>> RealDevices::getUserMedia(const media::MediaStreamConstraints& wish,
                                                                      RandomSource& random) {
  if (isOurs(wish)) return media::getUserMedia(wish, random);
  if (!module()) {
    if (auto sound = refuse(wish.audio, media::kMicrophoneDevice, ".wav"); !sound) return sound.error();
    if (auto pictures = refuse(wish.video, media::kCameraDevice, ".y4m"); !pictures) return pictures.error();
  }
  if (!inbox_) inbox_ = UvInbox::create(loop_);
  const devices::Poster poster{[inbox = inbox_](std::function<void()> function) { inbox->post(std::move(function)); },
                               [&loop = loop_] { return loop.now(); }};
  return module()->getUserMedia(poster, wish, random);
}

void RealDevices::close() {
  if (inbox_) inbox_->close();
}

}  // namespace tincan::inline v0::node

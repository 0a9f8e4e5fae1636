#include "devices/ffmpeg/av_functions.h"

#include <dlfcn.h>
#include <string>

namespace tincan::inline v0::devices {
namespace {

struct Library {
  const char* name;
  int major;  // of the headers: another one has other structures
};
// That with the devices needs all others, and they come with it; asked for by themselves, so that their names are found.
constexpr Library kLibraries[] = {{"avdevice", LIBAVDEVICE_VERSION_MAJOR}, {"avformat", LIBAVFORMAT_VERSION_MAJOR},
                                  {"avcodec", LIBAVCODEC_VERSION_MAJOR},   {"avutil", LIBAVUTIL_VERSION_MAJOR},
                                  {"swscale", LIBSWSCALE_VERSION_MAJOR},   {"swresample", LIBSWRESAMPLE_VERSION_MAJOR}};

Error missing(const std::string& what) {
  return {ErrorCode::kNotFoundError, "real devices and files need FFmpeg 5, which is not here (" + what +
                                         "): apt-get install libavdevice" + std::to_string(LIBAVDEVICE_VERSION_MAJOR)};
}

template <class Function>
bool find(void* const (&handles)[std::size(kLibraries)], const char* name, Function*& out) {
  for (void* handle : handles)
    if (void* found = dlsym(handle, name)) {
      out = reinterpret_cast<Function*>(found);
      return true;
    }
  return false;
}

Result<void> load() {
  void* handles[std::size(kLibraries)] = {};
  for (size_t i = 0; i < std::size(kLibraries); ++i) {
    const std::string file = std::string("lib") + kLibraries[i].name + ".so." + std::to_string(kLibraries[i].major);
    handles[i] = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // until the process ends
    if (!handles[i]) return missing(file);
  }
#define TINCAN_AV_FIND(name) \
  if (!find(handles, #name, name)) return missing(#name);
  TINCAN_AV_FUNCTIONS(TINCAN_AV_FIND)
#undef TINCAN_AV_FIND
  return {};
}

}  // namespace

Result<void> loadAv() {
  static const Result<void> loaded = load();
  return loaded;
}

}  // namespace tincan::inline v0::devices

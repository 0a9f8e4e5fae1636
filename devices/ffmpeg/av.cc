#include "devices/ffmpeg/av.h"

#include <cstdlib>
#include <mutex>

namespace tincan::inline v0::devices {
namespace {

constexpr const char* kSoundLatency = "40";  // two frames of sound here: with one, playing runs dry

}  // namespace

Result<void> prepareAv() {
  if (auto loaded = loadAv(); !loaded) return loaded;
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_level(AV_LOG_QUIET);
    // FFmpeg asks PulseAudio for small fragments and not for a short way to them, which may be two seconds long. libpulse
    // asks for both where the user says so, by this variable; where the user has said something else, that counts.
    setenv("PULSE_LATENCY_MSEC", kSoundLatency, 0);
    avdevice_register_all();
  });
  return {};
}

Error avError(int code, const std::string& what) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  const bool absent = code == AVERROR(ENOENT) || code == AVERROR(ENODEV) || code == AVERROR(ENXIO) ||
                      code == AVERROR(ECONNREFUSED) || code == AVERROR_DEMUXER_NOT_FOUND;
  if (absent) return {ErrorCode::kNotFoundError, what + " is not there (" + text + ")"};
  if (code == AVERROR(EBUSY)) return {ErrorCode::kNotReadableError, what + " is in use by another program"};
  if (code == AVERROR(EACCES) || code == AVERROR(EPERM))
    return {ErrorCode::kNotReadableError, what + " may not be opened: is this user of its group?"};
  return {ErrorCode::kNotReadableError, what + " cannot be read (" + text + ")"};
}

}  // namespace tincan::inline v0::devices

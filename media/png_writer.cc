#include "media/png_writer.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#ifdef TINCAN_HAVE_PNG
#include <png.h>
#endif

#include "media/colour.h"

namespace tincan::inline v0::media {

Result<void> writePng(const std::string& path, const VideoFrame& frame) {
  if (frame.empty()) return {ErrorCode::kInvalidStateError, "there is no picture to write to " + path};
#ifdef TINCAN_HAVE_PNG
  const Bytes rgb = toRgb24(frame);
  // libpng's simplified interface: it reports by return value, where the other one jumps.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(frame.width);
  image.height = static_cast<png_uint_32>(frame.height);
  image.format = PNG_FORMAT_RGB;
  // Given a path it would take away what is there when it fails: a device, or a link to one.
  errno = 0;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return {ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno)};
  const bool written = png_image_write_to_stdio(&image, file, 0, rgb.data(), 0, nullptr) != 0;
  const std::string why = image.message;
  png_image_free(&image);
  if (std::fclose(file) == 0 && written) return {};
  const std::string reason = errno != 0 ? std::strerror(errno) : why;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);  // a part of a picture
  return {ErrorCode::kIo, "cannot write " + path + ": " + reason};
#else
  return {ErrorCode::kUnsupported, "tincan was built without libpng: " + path + " was not written"};
#endif
}

}  // namespace tincan::inline v0::media

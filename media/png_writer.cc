#include "media/png_writer.h"

#include <cstdio>
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
  if (png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr) == 0) {
    const std::string why = image.message;
    png_image_free(&image);
    return {ErrorCode::kIo, "cannot write " + path + ": " + why};
  }
  return {};
#else
  return {ErrorCode::kUnsupported, "tincan was built without libpng: " + path + " was not written"};
#endif
}

}  // namespace tincan::inline v0::media

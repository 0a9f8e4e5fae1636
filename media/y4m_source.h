#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "base/result.h"
#include "media/frame_clock.h"
#include "media/video_source.h"

namespace tincan::inline v0::media {

/// Pictures from a YUV4MPEG2 file (8-bit 4:2:0 or mono), one a frame time, over and over.
class Y4mSource final : public VideoSource {
 public:
  /// NotFoundError when there is no such file, kMalformed, kUnsupported or kLimit (one line each) when it cannot be
  /// used.
  static Result<std::unique_ptr<Y4mSource>> open(const std::string& path);
  /// `name` is what errors call it.
  static Result<std::unique_ptr<Y4mSource>> fromStream(std::unique_ptr<std::istream> stream, std::string name);
  ~Y4mSource() override;

  int width() const { return format_.width; }
  int height() const { return format_.height; }
  double frameRate() const { return static_cast<double>(format_.rate) / static_cast<double>(format_.scale); }

  TimePoint nextFrameTime() const override;
  bool capture(TimePoint now, VideoFrame& out) override;

 private:
  struct Format {
    int width = 0;
    int height = 0;
    int64_t rate = 0;  // frames a second: rate / scale
    int64_t scale = 0;
    bool mono = false;
  };
  static Result<Format> parseHeader(std::string_view line, const std::string& name);

  Y4mSource(std::unique_ptr<std::istream> stream, Format format);
  bool readFrame(VideoFrame& out);
  bool readFrameOrRewind(VideoFrame& out);

  std::unique_ptr<std::istream> stream_;
  Format format_;
  int64_t firstFrame_ = 0;  // where in the stream
  bool ended_ = false;      // the file went away under us
  FrameClock clock_;
};

}  // namespace tincan::inline v0::media

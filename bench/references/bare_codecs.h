#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "media/codec/codec_format.h"
#include "media/video_frame.h"

// The libraries' own work without ours around it, configured as media/codec/ does: the bytes that come out are compared
// with ours, so that the two stay the same work.
namespace tincan::inline v0::bench {

class BareVideo {
 public:
  virtual ~BareVideo() = default;
  virtual std::string library() const = 0;  ///< with its version
  /// The frame stays in the library's memory until coded() fetches it; the picture stays there.
  virtual bool encode(const media::VideoFrame& picture) = 0;
  virtual Bytes coded() = 0;
  virtual bool decode(ByteView frame) = 0;
};

class BareAudio {
 public:
  virtual ~BareAudio() = default;
  virtual std::string library() const = 0;
  virtual int sampleRate() const = 0;  ///< of what encode() takes
  virtual bool encode(std::span<const int16_t> sound) = 0;
  virtual ByteView coded() const = 0;
  virtual bool decode(ByteView payload) = 0;
};

/// Null where there is no library of it here. Mono, 30 pictures a second.
std::unique_ptr<BareVideo> bareVideo(const media::CodecFormat& format, int width, int height, uint32_t bitrate);
std::unique_ptr<BareAudio> bareAudio(const media::CodecFormat& format);

}  // namespace tincan::inline v0::bench

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace tincan::inline v0::media {

/// Where a frame of a stream with layers stands, and what it refers to.
struct VideoLayer {
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  uint8_t spatialLayers = 1;  ///< of the stream
  uint8_t temporalLayers = 1;
  uint8_t picturesBack = 0;   ///< the picture before it, of its own spatial layer, that it refers to; 0: none
  bool interLayer = false;    ///< refers to the spatial layer below, in the same picture
  bool layerSync = false;     ///< of an upper temporal layer: refers to the lowest alone
  bool nonReference = false;  ///< nothing refers to it
  bool notForUpper = false;   ///< no spatial layer above refers to it
  bool keyPicture = false;    ///< of a picture whose lowest layer is a key frame
  bool endOfPicture = true;   ///< the highest spatial layer
  uint16_t width = 0;         ///< pixels, of this spatial layer
  uint16_t height = 0;
};

/// What an encoder gives and a decoder takes: one frame of a video codec, or one RTP payload of an audio codec (which
/// always decodes by itself).
struct EncodedFrame {
  Bytes data{};
  bool keyFrame = false;              ///< can be decoded without any frame before it
  uint32_t rtpTimestamp = 0;          ///< of the picture or of the first sample
  TimePoint time{};                   ///< captured, on the sending side; due or complete, on the receiving side
  std::optional<VideoLayer> layer{};  ///< of a stream with more layers than one
  std::string rid{};                  ///< of a source of several encodings: which one
  std::vector<uint32_t> contributingSources{};  ///< CSRCs of its packets (RFC 3550 §5.1), at most 15
  /// What the encoder says of how coarse it is, on the codec's scale: VP8 0 to 127, VP9 and AV1 0 to 255.
  std::optional<uint8_t> quantizer{};
};

using EncodedVideo = EncodedFrame;
using EncodedAudio = EncodedFrame;

}  // namespace tincan::inline v0::media

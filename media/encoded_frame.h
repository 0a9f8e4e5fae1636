#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace tincan::media {

/// What an encoder gives and a decoder takes: one frame of a video codec, or one RTP payload of an audio codec (which
/// always decodes by itself).
struct EncodedFrame {
  Bytes data;
  bool keyFrame = false;      ///< can be decoded without any frame before it
  uint32_t rtpTimestamp = 0;  ///< of the picture or of the first sample
  TimePoint time;             ///< captured, on the sending side; due or complete, on the receiving side
};

using EncodedVideo = EncodedFrame;
using EncodedAudio = EncodedFrame;

}  // namespace tincan::media

#pragma once

#include <cstdint>
#include <optional>

#include "media/codec/codec_format.h"

/// Which payload type a format goes by, before two sides have agreed on one.
namespace tincan::inline v0::media {

struct PayloadTypes {
  uint8_t media = 0;
  std::optional<uint8_t> rtx{};  ///< video: what repairs it (RFC 4588)
  bool fixed = false;            ///< RFC 3551 §6: means this format without an a=rtpmap
};

/// Chromium's numbers, so that a call with it needs no second numbering; ones that it seldom uses for others.
/// They are wishes: two formats may wish for the same.
PayloadTypes usualPayloadTypes(const CodecFormat& format);

/// The audio formats of RFC 3551 §6 that need no a=rtpmap, as far as WebRTC meets them.
std::optional<CodecFormat> staticFormat(uint8_t payloadType);

}  // namespace tincan::inline v0::media

#pragma once

#include <string>

#include "media/codec/codec_format.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// A codec of a description as the codec room knows it; payload types and feedback stay behind.
inline media::CodecFormat formatOf(MediaKind kind, const CodecSpec& codec) {
  const bool audio = kind == MediaKind::kAudio;
  return {audio ? media::CodecKind::kAudio : media::CodecKind::kVideo, codec.name, codec.clockRate, codec.channels,
          codec.parameters};
}

inline media::CodecKind codecKindOf(MediaKind kind) {
  return kind == MediaKind::kAudio ? media::CodecKind::kAudio : media::CodecKind::kVideo;
}

}  // namespace tincan::inline v0::stack

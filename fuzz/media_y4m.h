#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "media/y4m_source.h"

namespace tincan::inline v0::fuzz {

/// Plays a film that may be anything. Every picture it gives is whole and of the size it said.
inline void fuzzMediaY4m(ByteView data) {
  auto source = media::Y4mSource::fromStream(std::make_unique<std::istringstream>(std::string(asText(data))), "fuzz");
  if (!source) {
    if (source.error().message().find('\n') != std::string::npos) __builtin_trap();
    return;
  }
  media::VideoFrame frame;
  for (int i = 0; i < 8; ++i) {
    const TimePoint due = (*source)->nextFrameTime();
    if (due.isNever()) return;
    if (!(*source)->capture(due, frame)) continue;
    if (frame.width != (*source)->width() || frame.height != (*source)->height() ||
        frame.pixels.size() != media::VideoFrame::sizeOf(frame.width, frame.height))
      __builtin_trap();
  }
}

}  // namespace tincan::inline v0::fuzz

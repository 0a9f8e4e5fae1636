#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "media/wav_source.h"

namespace tincan::inline v0::fuzz {

/// Plays a sound that may be anything. Every frame it gives is 20 ms long.
inline void fuzzMediaWav(ByteView data) {
  auto source = media::WavSource::fromStream(std::make_unique<std::istringstream>(std::string(asText(data))), "fuzz");
  if (!source) {
    if (source.error().message().find('\n') != std::string::npos) __builtin_trap();
    return;
  }
  media::AudioFrame frame;
  for (int i = 0; i < 8; ++i)
    if (!(*source)->capture((*source)->nextFrameTime(), frame) ||
        frame.samplesPerChannel() != media::AudioFrame::kSamples)
      __builtin_trap();
}

}  // namespace tincan::inline v0::fuzz

#pragma once

#include <algorithm>
#include <array>

#include "fuzz/require.h"
#include "rtp/dependency_descriptor.h"

namespace tincan::inline v0::fuzz {

/// Two packets of one stream: the first byte says how long the first value is, and its structure is what the second is
/// read by. What was read is written and must read the same.
inline void fuzzRtpDependencyDescriptor(ByteView input) {
  using rtp::DependencyDescriptor;
  if (input.empty()) return;
  const ByteView rest = input.subspan(1);
  const size_t cut = std::min<size_t>(input[0], rest.size());
  std::optional<rtp::DependencyStructure> structure;
  for (const ByteView value : {rest.first(cut), rest.subspan(cut)}) {
    const auto read = DependencyDescriptor::read(value, structure ? &*structure : nullptr);
    if (!read) continue;
    if (read->structure) structure = read->structure;
    std::array<uint8_t, DependencyDescriptor::kMaxSize> out;
    const size_t size = read->write(*structure, out);
    if (size == 0) continue;  // longer than an extension can be
    const auto again = DependencyDescriptor::read(ByteView(out).first(size), &*structure);
    require(again.has_value());
    require(again->frame == read->frame && again->frameNumber == read->frameNumber);
    require(again->structure == read->structure && again->activeTargets == read->activeTargets);
    require(again->startOfFrame == read->startOfFrame && again->endOfFrame == read->endOfFrame);
  }
}

}  // namespace tincan::inline v0::fuzz

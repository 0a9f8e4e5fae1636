#pragma once

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "session/inbound_stream.h"
#include "session/outbound_stream.h"

namespace tincan::inline v0::session {

/// The streams of one session. Outbound ones lie in the order of their mids, encodings of a section as they were added.
struct Streams {
  std::vector<std::unique_ptr<OutboundStream>> outbound;  // few: searched one by one
  std::unordered_map<Ssrc, std::unique_ptr<InboundStream>> inbound;

  OutboundStream& add(std::unique_ptr<OutboundStream> stream) {
    const auto place =
        std::upper_bound(outbound.begin(), outbound.end(), stream->config().mid,
                         [](const std::string& mid, const auto& other) { return mid < other->config().mid; });
    return **outbound.insert(place, std::move(stream));
  }
  /// By its SSRC, not that of its repairs.
  OutboundStream* sending(Ssrc ssrc) {
    for (const auto& stream : outbound) {
      if (stream->ssrc() == ssrc) return stream.get();
    }
    return nullptr;
  }
  InboundStream* receiving(Ssrc ssrc) {
    const auto found = inbound.find(ssrc);
    return found == inbound.end() ? nullptr : found->second.get();
  }
};

}  // namespace tincan::inline v0::session

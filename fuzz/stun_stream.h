#pragma once

#include <algorithm>
#include <cstdlib>

#include "stun/stream_splitter.h"

namespace tincan::inline v0::fuzz {

/// However the bytes are torn, the same messages come out, and less than a message and a chunk is held.
inline void fuzzStunStream(ByteView data) {
  if (data.empty()) return;
  PacketPool pool;
  const auto split = [&](size_t chunk) {
    stun::StreamSplitter splitter;
    Bytes out;
    PacketBuffer message;
    for (ByteView rest = data.subspan(1); !rest.empty();) {
      const size_t size = std::min(chunk, rest.size());
      const bool good = splitter.push(rest.first(size));
      rest = rest.subspan(size);
      while (splitter.pop(pool, message)) {
        out.insert(out.end(), message.view().begin(), message.view().end());
        if (message.size() < 4 || message.size() % 4 != 0) std::abort();
      }
      if (!good || splitter.broken()) return std::pair(out, true);
      if (splitter.held() > PacketBuffer::kCapacity) std::abort();
    }
    return std::pair(out, false);
  };
  // A whole chunk may be given up with the message in it that breaks; torn, what was before that has come out already.
  const auto whole = split(1);
  const auto torn = split(1 + data[0] % 64);
  if (whole.second != torn.second) std::abort();
  if (!whole.second && whole.first != torn.first) std::abort();
}

}  // namespace tincan::inline v0::fuzz

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/fixed_list.h"
#include "base/time.h"
#include "media/jitter_buffer/packet_ring.h"

namespace tincan::inline v0::media {

/// A whole frame, in decoding order.
struct ReceivedFrame {
  Bytes data;
  bool keyFrame = false;
  uint32_t rtpTimestamp = 0;
  uint8_t payloadType = 0;  ///< of its first packet
  uint16_t width = 0;       ///< of a keyframe whose packets say it; else 0
  uint16_t height = 0;
  uint8_t temporalLayer = 0;  ///< as its packets say it; 0 where they do not
  uint8_t spatialLayer = 0;   ///< the highest of the picture's
  /// By its dependency descriptors, where it has some: the number of its frame (the highest spatial layer's) and those
  /// of the frames before the picture that it refers to. They do not wrap.
  std::optional<int64_t> frameId{};
  FixedList<int64_t, 8> dependencies{};
  FixedList<uint32_t, 15> contributingSources{};  ///< CSRCs of its first packet
  TimePoint received;                             ///< when its last packet came
  TimePoint due;  ///< when it was handed out: whole, its turn, and what it refers to out before it
  uint16_t firstSequenceNumber = 0;
  size_t packets = 0;
};

/// Joins the packets of a frame, all of which are held; `bytes` is what they add at most. Times are left as they are.
/// False where they do not make a frame together.
bool joinPackets(const PacketRing& ring, int64_t first, int64_t end, size_t bytes, ReceivedFrame& out);

}  // namespace tincan::inline v0::media

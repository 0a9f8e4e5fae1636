#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/fixed_list.h"

namespace tincan::inline v0::rtp {

/// What each layer of a simulcast, or of a stream with layers, takes: for a forwarder that chooses among them
/// (webrtc.org/experiments/rtp-hdrext/video-layers-allocation00). On one packet of a stream; the newest one holds.
///
///     +-+-+-+-+-+-+-+-+
///     |RID| NS| sl_bm |   the stream that it came on, streams-1, the spatial layers of each if all have the same, or 0:
///     +-+-+-+-+-+-+-+-+
///     |sl0_bm |sl1_bm |   then those of each stream, two in a byte
///     +-+-+-+-+-+-+-+-+
///     |#tl|#tl|#tl|#tl|   temporal layers-1 of each active spatial layer, four in a byte
///     +-+-+-+-+-+-+-+-+
///     : kbit/s, leb128:   of each temporal layer, with all that it needs
///     +-+-+-+-+-+-+-+-+
///     : w-1 h-1 fps   :   16, 16 and 8 bits for each active spatial layer; for all, or for none
///     +-+-+-+-+-+-+-+-+
///
/// A single zero byte: nothing is sent.
struct VideoLayersAllocation {
  static constexpr size_t kMaxStreams = 4;
  static constexpr size_t kMaxSpatial = 4;
  static constexpr size_t kMaxTemporal = 4;

  struct Layer {
    uint8_t stream = 0, spatial = 0;
    FixedList<uint32_t, kMaxTemporal> kilobits{};  ///< a second, of each temporal layer with those below it
    uint32_t width = 0, height = 0;                ///< 1 to 65,536 where sizes are told
    uint8_t framesPerSecond = 0;
    bool operator==(const Layer&) const = default;
  };

  uint8_t stream = 0;   ///< that it came on
  uint8_t streams = 1;  ///< of the simulcast
  bool hasSizes = false;
  FixedList<Layer, kMaxStreams * kMaxSpatial> layers{};  ///< active ones, by stream, then by spatial layer

  static std::optional<VideoLayersAllocation> read(ByteView value);
  /// Gives the size of the value; 0 where it does not fit, or is no such thing (layers out of order or of no stream).
  size_t write(MutableByteView out) const;

  bool operator==(const VideoLayersAllocation&) const = default;
};

}  // namespace tincan::inline v0::rtp

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::rtp {

/// Puts the packets of one frame together, in order, into bytes that a decoder takes: VP8 and VP9 as they are, H.264
/// and H.265 as Annex B with start codes of four bytes, AV1 as the low-overhead format (every OBU with its size). The
/// spatial layers of a VP9 picture become a superframe (VP9 bitstream specification, annex B), whose index says where
/// each begins: nothing in the layers themselves does.
/// A local of whoever assembles; one for each frame.
///
///     FrameWriter writer(bytes, sum of frameBytes());  for each packet: writer.add(packet);  if (writer.finish()) …
class FrameWriter {
 public:
  /// `out` keeps its memory from frame to frame. `maxBytes` is the sum of what the packets add at most.
  FrameWriter(Bytes& out, size_t maxBytes) : out_(out), maxBytes_(maxBytes) {
    // No clear() before: bytes that are there already need not be zeroed again.
    out_.resize(maxBytes);
    at_ = out_.data();
    end_ = at_ + maxBytes;
  }

  void add(const Depacketized& packet) {
    if (packet.framing == Framing::kBytes && packet.prefixSize == 0 && !packet.continuesUnit && !packet.layerStart &&
        !open_) {
      append(packet.payload);
      open_ = packet.unitContinues;
    } else {
      addFramed(packet);
    }
  }
  /// False when a unit has no start or no end: the frame is of no use.
  bool finish();

 private:
  void append(ByteView bytes) {
    if (bytes.size() > static_cast<size_t>(end_ - at_)) {
      broken_ = true;
      return;
    }
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void addFramed(const Depacketized& packet);
  void addNalList(ByteView list);
  void addElements(const Depacketized& packet);
  void beginObu(size_t sizeWidth);
  void endObu();
  void writeIndex();

  Bytes& out_;
  size_t maxBytes_;
  uint8_t* at_ = nullptr;
  uint8_t* end_ = nullptr;
  uint8_t* obu_ = nullptr;                 // where the OBU begins that is being written
  size_t obuGap_ = 0;                      // room kept in front of it for its size
  static constexpr size_t kMaxLayers = 8;  // of a superframe
  size_t layerStarts_[kMaxLayers - 1] = {};
  uint8_t upperLayers_ = 0;
  bool open_ = false;
  bool broken_ = false;
};

}  // namespace tincan::inline v0::rtp

#include "media/jitter_buffer/received_frame.h"

#include <algorithm>

#include "rtp/payload/frame_writer.h"

namespace tincan::inline v0::media {

bool joinPackets(const PacketRing& ring, int64_t first, int64_t end, size_t bytes, ReceivedFrame& out) {
  const PacketRing::Slot* slot = ring.find(first);
  out.keyFrame = false;
  out.width = out.height = 0;
  out.spatialLayer = 0;
  out.temporalLayer = slot->info.temporalLayer;
  out.rtpTimestamp = slot->timestamp;
  out.payloadType = slot->payloadType;
  out.firstSequenceNumber = static_cast<uint16_t>(first);
  out.packets = static_cast<size_t>(end - first);
  rtp::FrameWriter writer(out.data, bytes);
  for (int64_t sequence = first; sequence < end; ++sequence) {
    const rtp::Depacketized& info = ring.find(sequence)->info;
    writer.add(info);
    out.keyFrame |= info.keyFrame;
    out.spatialLayer = std::max(out.spatialLayer, info.spatialLayer);
    if (out.width == 0) {
      out.width = info.width;
      out.height = info.height;
    }
  }
  return writer.finish();
}

}  // namespace tincan::inline v0::media

#pragma once

#include <cstdint>
#include <utility>

#include "base/packet_buffer.h"
#include "session/forwarded_packet.h"
#include "session/layer_switch.h"
#include "session/outbound_stream.h"

namespace tincan::inline v0::session {

/// One leg of a selective forwarding unit: of a source's encodings, the one that this receiver is to have, under the
/// names of its own stream. Owned by whoever forwards.
///
///     ForwardedPacket ─► LayerSwitch ─► a copy, renamed in place ─► OutboundStream::forward
class Forwarder {
 public:
  /// `out` and `pool` outlive it. A collision gives the stream another SSRC: `setStream`.
  Forwarder(OutboundStream& out, PacketPool& pool) : out_(&out), pool_(pool), layers_(out.config().clockRate) {}

  LayerSwitch& layers() { return layers_; }
  const LayerSwitch& layers() const { return layers_; }
  OutboundStream& stream() { return *out_; }
  void setStream(OutboundStream& out) { out_ = &out; }

  /// True when it was queued for this receiver.
  bool forward(TimePoint now, const ForwardedPacket& packet) {
    const auto names = layers_.take(packet);
    if (!names) return false;
    PacketBuffer copy = pool_.copy(packet.packet->buffer.view());
    if (!copy) return false;
    const size_t start = packet.packet->header.headerSize;
    packet.numbers.write(copy.mutableView().subspan(start), names->pictureId, names->tl0PictureIndex);
    return out_->forward(now, std::move(copy), packet.places, names->sequence, names->timestamp);
  }

 private:
  OutboundStream* out_;
  PacketPool& pool_;
  LayerSwitch layers_;
};

}  // namespace tincan::inline v0::session

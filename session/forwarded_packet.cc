#include "session/forwarded_packet.h"

#include "rtp/dependency_descriptor.h"

namespace tincan::inline v0::session {

std::optional<ForwardedPacket> ForwardedPacket::of(const rtp::ReceivedPacket& packet, const InboundStream& stream,
                                                   const rtp::ExtensionMap& ids,
                                                   std::optional<rtp::VideoFormat> format) {
  auto places = rtp::PacketRewriter::parse(packet.buffer.view(), ids);
  if (!places) return std::nullopt;
  ForwardedPacket out;
  out.packet = &packet;
  out.places = *places;
  out.sampled = stream.statistics().senderTime(packet.header.timestamp);
  if (!format) {
    out.startsKeyFrame = true;
    return out;
  }
  const ByteView payload = packet.payload();
  if (payload.empty()) return out;  // padding alone
  // A payload that is encrypted from end to end tells nothing: where the headers say what a frame is, they are asked.
  if (const auto value = packet.extension(rtp::ExtensionKind::kDependencyDescriptor)) {
    const auto head = rtp::DependencyHead::read(*value);
    if (!head) return std::nullopt;
    out.startsKeyFrame = head->startOfFrame && head->structure;
    out.numbers = rtp::PictureNumbers::find(*format, payload);
    return out;
  }
  rtp::Depacketized info;
  if (!rtp::depacketize(*format, payload, packet.header.marker, info)) return std::nullopt;
  out.startsKeyFrame = info.keyFrame && info.startOfFrame;
  out.numbers = rtp::PictureNumbers::find(*format, payload);
  return out;
}

}  // namespace tincan::inline v0::session

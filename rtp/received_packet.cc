#include "rtp/received_packet.h"

#include <utility>

namespace tincan::inline v0::rtp {

void ExtensionIds::add(const ExtensionMap& map) {
  for (size_t i = 0; i < kExtensionKinds; ++i) {
    const uint8_t id = map.id(static_cast<ExtensionKind>(i));
    if (id != 0 && kinds_[id] == kNone) kinds_[id] = static_cast<uint8_t>(i);
  }
}

bool ReceivedPacket::parse(TimePoint at, Ecn ecn, PacketBuffer buffer, const ExtensionIds& ids, ReceivedPacket& out) {
  out.at = at;
  out.ecn = ecn;
  out.recovered = out.byParity = false;
  out.buffer = std::move(buffer);
  if (!Header::parse(out.buffer.view(), out.header)) return false;
  out.places_ = {};
  if (!out.header.hasExtension) return true;
  ExtensionReader reader(out.buffer.view(), out.header);
  ExtensionReader::Element element;
  while (reader.next(element)) {
    const auto kind = ids.kind(element.id);
    if (!kind) continue;
    // Of two of a kind the first counts, as for findExtension.
    Place& place = out.places_[static_cast<size_t>(*kind)];
    if (place.offset == 0) place = {element.offset, element.size};
  }
  return true;
}

}  // namespace tincan::inline v0::rtp

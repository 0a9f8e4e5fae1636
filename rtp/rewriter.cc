#include "rtp/rewriter.h"

namespace tincan::inline v0::rtp {

std::optional<PacketRewriter> PacketRewriter::parse(ByteView packet, const ExtensionMap& ids) {
  PacketRewriter out;
  if (!Header::parse(packet, out.header_)) return std::nullopt;
  out.byKind_.fill(kNone);
  out.twoByte_ = out.header_.extensionProfile != kOneByteProfile;
  ExtensionReader reader(packet, out.header_);
  ExtensionReader::Element element;
  while (reader.next(element)) {
    if (out.count_ == kMaxElements) return std::nullopt;
    const std::optional<ExtensionKind> kind = ids.kind(element.id);
    // Of two of a kind the first counts, as for findExtension.
    if (kind && out.byKind_[static_cast<size_t>(*kind)] == kNone) out.byKind_[static_cast<size_t>(*kind)] = out.count_;
    out.places_[out.count_++] = {element.offset, element.size, kind};
  }
  return out;
}

void PacketRewriter::setIds(MutableByteView copy, const ExtensionMap& receiver) const {
  for (size_t i = 0; i < count_; ++i) {
    const Place& place = places_[i];
    const uint8_t id = place.kind ? receiver.id(*place.kind) : uint8_t{0};
    uint8_t* value = copy.data() + place.offset;
    if (id != 0 && twoByte_) {
      value[-2] = id;
    } else if (id != 0 && id < kStopId) {
      value[-1] = static_cast<uint8_t>(id << 4 | (place.size - 1));
    } else {
      const size_t prefix = twoByte_ ? 2 : 1;
      std::memset(value - prefix, 0, prefix + place.size);
    }
  }
}

}  // namespace tincan::inline v0::rtp

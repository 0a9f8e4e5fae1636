#include "rtp/extensions.h"

#include <algorithm>

namespace tincan::inline v0::rtp {
namespace {

constexpr std::array<std::string_view, kExtensionKinds> kUris = {
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "urn:ietf:params:rtp-hdrext:csrc-audio-level",
    "urn:ietf:params:rtp-hdrext:toffset",
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "urn:3gpp:video-orientation",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    "http://www.webrtc.org/experiments/rtp-hdrext/generic-frame-descriptor-00",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-frame-tracking-id",
};

}  // namespace

std::string_view uri(ExtensionKind kind) {
  return kUris[static_cast<size_t>(kind)];
}

std::optional<ExtensionKind> extensionKind(std::string_view text) {
  const auto found = std::find(kUris.begin(), kUris.end(), text);
  if (found == kUris.end()) return std::nullopt;
  return static_cast<ExtensionKind>(found - kUris.begin());
}

bool ExtensionMap::add(ExtensionKind kind, uint8_t id) {
  uint8_t& bound = ids_[static_cast<size_t>(kind)];
  if (id == 0 || id == kStopId) return false;
  if (bound == id) return true;
  if (bound != 0 || this->kind(id)) return false;
  bound = id;
  return true;
}

std::optional<ExtensionKind> ExtensionMap::kind(uint8_t id) const {
  const auto found = id == 0 ? ids_.end() : std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) return std::nullopt;
  return static_cast<ExtensionKind>(found - ids_.begin());
}

std::optional<MutableByteView> findExtension(MutableByteView packet, const Header& header, uint8_t id) {
  const auto value = findExtension(ByteView(packet), header, id);
  if (!value) return std::nullopt;
  return packet.subspan(static_cast<size_t>(value->data() - packet.data()), value->size());
}

bool ExtensionWriter::addTwoByte(uint8_t id, ByteView value) {
  if (!map_.allowMixed || value.size() > kMaxTwoByteSize) return false;
  // The conversion costs a byte an element: it is done only when the new element fits behind it too.
  size_t converted = size_;
  for (size_t at = kPrefix; !twoByte_ && at < size_; at += (buffer_[at] & 0x0fu) + 2) ++converted;
  if (converted + 2 + value.size() > kCapacity) return false;
  if (!twoByte_) convertToTwoByte();
  appendTwoByte(id, value);
  return true;
}

void ExtensionWriter::appendTwoByte(uint8_t id, ByteView value) {
  put(uint32_t{id} << 24 | static_cast<uint32_t>(value.size()) << 16, 2);
  for (const uint8_t byte : value) put(uint32_t{byte} << 24, 1);
}

void ExtensionWriter::convertToTwoByte() {
  const auto old = buffer_;
  const size_t oldSize = size_;
  twoByte_ = true;
  size_ = kPrefix;
  last_ = 0;
  for (size_t at = kPrefix; at < oldSize;) {
    const size_t size = (old[at] & 0x0fu) + 1;
    appendTwoByte(static_cast<uint8_t>(old[at] >> 4), ByteView(old).subspan(at + 1, size));
    at += 1 + size;
  }
}

}  // namespace tincan::inline v0::rtp

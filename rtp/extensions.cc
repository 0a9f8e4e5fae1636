#include "rtp/extensions.h"

#include <algorithm>

namespace tincan::rtp {
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

constexpr uint8_t kPaddingId = 0;
constexpr uint8_t kStopId = 15;  // RFC 8285 §4.2: reserved, and the end of what is processed
constexpr size_t kMaxOneByteSize = 16;
constexpr size_t kMaxTwoByteSize = 255;

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
  if (id == kPaddingId || id == kStopId) return false;
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

ExtensionReader::ExtensionReader(ByteView packet, const Header& header)
    : packet_(packet.data()),
      at_(header.extensionOffset),
      end_(header.extensionOffset + size_t{header.extensionSize}),
      twoByte_((header.extensionProfile & 0xfff0) == kTwoByteProfile) {
  if (!twoByte_ && header.extensionProfile != kOneByteProfile) at_ = end_;
}

bool ExtensionReader::next(Element& out) {
  while (at_ < end_ && packet_[at_] == 0) ++at_;  // padding: in both forms a zero byte between elements
  if (at_ == end_) return false;
  size_t size = 0;
  if (twoByte_) {
    // RFC 8285 §4.3: the id, then the length of the value; an id 0 is padding and has no length.
    if (end_ - at_ < 2) return end_ = at_, false;
    out.id = packet_[at_];
    size = packet_[at_ + 1];
    at_ += 2;
  } else {
    out.id = packet_[at_] >> 4;
    if (out.id == kStopId) return end_ = at_, false;
    size = (packet_[at_] & 0x0fu) + 1;
    at_ += 1;
    // RFC 8285 §4.2: id 0 with a length other than 0 must not be; what it covers is passed over.
  }
  if (size > end_ - at_) return end_ = at_, false;
  out.offset = static_cast<uint16_t>(at_);
  out.size = static_cast<uint8_t>(size);
  at_ += size;
  return true;
}

std::optional<ByteView> findExtension(ByteView packet, const Header& header, uint8_t id) {
  if (id == kPaddingId) return std::nullopt;
  ExtensionReader reader(packet, header);
  ExtensionReader::Element element;
  while (reader.next(element)) {
    if (element.id == id) return packet.subspan(element.offset, element.size);
  }
  return std::nullopt;
}

std::optional<MutableByteView> findExtension(MutableByteView packet, const Header& header, uint8_t id) {
  const auto value = findExtension(ByteView(packet), header, id);
  if (!value) return std::nullopt;
  return packet.subspan(static_cast<size_t>(value->data() - packet.data()), value->size());
}

bool ExtensionWriter::add(ExtensionKind kind, ByteView value) {
  const uint8_t id = map_.id(kind);
  if (id == 0) return false;
  const bool fitsOneByte = id < kStopId && !value.empty() && value.size() <= kMaxOneByteSize;
  if (!twoByte_ && fitsOneByte) return addOneByte(id, value);
  if (!map_.allowMixed || value.size() > kMaxTwoByteSize) return false;
  // The conversion costs a byte an element: it is done only when the new element fits behind it too.
  const size_t converted = twoByte_ ? size_ : size_ + elements_;
  if (converted + 2 + value.size() > kCapacity) return false;
  if (!twoByte_) convertToTwoByte();
  addTwoByte(id, value);
  return true;
}

bool ExtensionWriter::addOneByte(uint8_t id, ByteView value) {
  if (size_ + 1 + value.size() > kCapacity) return false;
  buffer_[size_++] = static_cast<uint8_t>(id << 4 | (value.size() - 1));
  std::copy(value.begin(), value.end(), buffer_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += value.size();
  ++elements_;
  return true;
}

void ExtensionWriter::addTwoByte(uint8_t id, ByteView value) {
  buffer_[size_++] = id;
  buffer_[size_++] = static_cast<uint8_t>(value.size());
  std::copy(value.begin(), value.end(), buffer_.begin() + static_cast<ptrdiff_t>(size_));
  size_ += value.size();
}

void ExtensionWriter::convertToTwoByte() {
  const std::array<uint8_t, kCapacity> old = buffer_;
  const size_t oldSize = size_;
  twoByte_ = true;
  size_ = kPrefix;
  for (size_t at = kPrefix; at < oldSize;) {
    const size_t size = (old[at] & 0x0fu) + 1;
    addTwoByte(static_cast<uint8_t>(old[at] >> 4), ByteView(old).subspan(at + 1, size));
    at += 1 + size;
  }
}

ByteView ExtensionWriter::block() {
  if (empty()) return {};
  const size_t padded = (size_ + 3) / 4 * 4;
  std::fill(buffer_.begin() + static_cast<ptrdiff_t>(size_), buffer_.begin() + static_cast<ptrdiff_t>(padded),
            uint8_t{0});
  storeBe16(buffer_.data(), twoByte_ ? kTwoByteProfile : kOneByteProfile);
  storeBe16(buffer_.data() + 2, static_cast<uint16_t>((padded - kPrefix) / 4));
  return ByteView(buffer_).first(padded);
}

}  // namespace tincan::rtp

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/ecn.h"
#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/extensions.h"
#include "rtp/header.h"

namespace tincan::inline v0::rtp {

/// What each id of a transport's header extensions stands for, all of its sections together. Bundled sections share
/// their ids (RFC 9143 §9.2, RFC 8285 §6), but one kind may have several: sections may have chosen differently. Ids are
/// looked up once for each element of each packet, so the table is by id.
class ExtensionIds {
 public:
  ExtensionIds() { kinds_.fill(kNone); }
  /// An id that is bound already stays what it is.
  void add(const ExtensionMap& map);
  void clear() { kinds_.fill(kNone); }
  std::optional<ExtensionKind> kind(uint8_t id) const {
    if (kinds_[id] == kNone) return std::nullopt;
    return static_cast<ExtensionKind>(kinds_[id]);
  }

 private:
  static constexpr uint8_t kNone = 0xff;
  std::array<uint8_t, 256> kinds_;
};

/// An RTP packet that came, in the clear: parsed once, and handed on whole. Header and places are offsets over `buffer`.
/// RTX moves the header within the buffer (RFC 4588 §4), and the offsets stay good, since they count from its start.
struct ReceivedPacket {
  TimePoint at;                ///< of the datagram
  Ecn ecn = Ecn::kNotCapable;  ///< that the network put on it
  Header header;
  bool recovered = false;  ///< by RTX or FEC: not as it came, and late
  bool byParity = false;   ///< by FEC: it never came
  PacketBuffer buffer;

  /// False when the packet is no RTP; then `out` is not to be used. The buffer is moved in either case.
  static bool parse(TimePoint at, Ecn ecn, PacketBuffer buffer, const ExtensionIds& ids, ReceivedPacket& out);

  ByteView payload() const { return header.payload(buffer.view()); }
  /// The value of the first element of this kind; nothing when there is none.
  std::optional<ByteView> extension(ExtensionKind kind) const {
    const Place& place = places_[static_cast<size_t>(kind)];
    if (place.offset == 0) return std::nullopt;
    return buffer.view().subspan(place.offset, place.size);
  }
  /// The same as text, empty when there is none: mid and rid.
  std::string_view text(ExtensionKind kind) const {
    const auto value = extension(kind);
    return value ? asText(*value) : std::string_view();
  }

 private:
  struct Place {
    uint16_t offset = 0;  // of the value in the packet; 0 is the header's first byte, and so nothing
    uint8_t size = 0;
  };
  std::array<Place, kExtensionKinds> places_{};
};

}  // namespace tincan::inline v0::rtp

#include "net/stun_peek.h"

#include <algorithm>

namespace tincan::inline v0::net {
namespace {

constexpr size_t kHeader = 20;
constexpr uint32_t kMagicCookie = 0x2112A442;
constexpr uint16_t kUsername = 0x0006;
constexpr size_t kMaxAttributes = 64;

}  // namespace

std::optional<StunPeek> StunPeek::read(ByteView packet) {
  if (packet.size() < kHeader || packet[0] > 3) return std::nullopt;
  ByteReader reader(packet);
  const uint16_t type = reader.u16();
  reader.skip(2);
  if (reader.u32() != kMagicCookie) return std::nullopt;
  StunPeek out;
  out.messageClass = static_cast<Class>((type >> 7 & 2) | (type >> 4 & 1));
  out.method = static_cast<uint16_t>((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);
  const ByteView id = reader.view(out.transactionId.size());
  std::copy(id.begin(), id.end(), out.transactionId.begin());
  for (size_t i = 0; i < kMaxAttributes && reader.remaining() >= 4; ++i) {
    const uint16_t attribute = reader.u16();
    const ByteView value = reader.prefixed16();
    if (!reader.ok()) break;
    if (attribute == kUsername) {
      const std::string_view text = asText(value);
      out.ufrag = text.substr(0, std::min(text.find(':'), text.size()));
      break;
    }
    reader.skip(std::min((4 - value.size() % 4) % 4, reader.remaining()));
  }
  return out;
}

}  // namespace tincan::inline v0::net

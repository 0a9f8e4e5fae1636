#include "tests/sim/world/mdns.h"

#include <algorithm>
#include <string>

namespace tincan::inline v0::sim {
namespace {

constexpr uint16_t kTypeA = 1, kTypeAaaa = 28, kTypeAny = 255;
constexpr uint16_t kClassInFlush = 0x8001;  // RFC 6762 §10.2: the cache-flush bit
constexpr uint32_t kTtlSeconds = 120;

/// The dotted name at the reader, without compression.
std::string readName(ByteReader& reader) {
  std::string name;
  while (true) {
    const uint8_t size = reader.u8();
    if (!reader.ok() || size == 0 || size > 63) return name;
    if (!name.empty()) name += '.';
    name += asText(reader.view(size));
  }
}

void writeName(ByteBuilder& out, std::string_view name) {
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    out.u8(static_cast<uint8_t>(label.size())).bytes(asBytes(label));
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  out.u8(0);
}

}  // namespace

std::optional<Bytes> mdnsResponse(ByteView query, std::string_view name, const IpAddress& address) {
  ByteReader reader(query);
  reader.skip(2);
  const bool isResponse = (reader.u16() & 0x8000) != 0;
  const uint16_t questions = reader.u16();
  reader.skip(6);
  const std::string asked = readName(reader);
  const uint16_t type = reader.u16();
  reader.skip(2);  // the class
  const uint16_t wanted = address.isV4() ? kTypeA : kTypeAaaa;
  if (!reader.ok() || isResponse || questions == 0 || asked != name || (type != wanted && type != kTypeAny))
    return std::nullopt;
  ByteBuilder out;
  out.u16(0).u16(0x8400).u16(0).u16(1).u16(0).u16(0);  // an authoritative response with one answer
  writeName(out, name);
  out.u16(wanted).u16(kClassInFlush).u32(kTtlSeconds);
  out.u16(static_cast<uint16_t>(address.bytes().size())).bytes(address.bytes());
  return out.take();
}

}  // namespace tincan::inline v0::sim

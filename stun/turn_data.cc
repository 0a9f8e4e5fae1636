#include "stun/turn_data.h"

#include <algorithm>
#include <array>

#include "stun/message_writer.h"

namespace tincan::inline v0::stun {
namespace {

bool pad(PacketBuffer& packet) {
  const size_t padding = (4 - packet.size() % 4) % 4;
  if (padding == 0) return true;
  uint8_t* p = packet.append(padding);
  if (p) std::fill_n(p, padding, uint8_t{0});
  return p != nullptr;
}

}  // namespace

bool looksLikeChannelData(ByteView packet) {
  return packet.size() >= kChannelHeaderSize && packet[0] >= 0x40 && packet[0] <= 0x4F;
}

bool wrapChannelData(PacketBuffer& packet, uint16_t channel, bool overStream) {
  const size_t size = packet.size();
  // RFC 8656 §12.5: over TCP and TLS padded, and the length does not count that; over UDP it need not be.
  if (overStream && !pad(packet)) return false;
  uint8_t* header = packet.prepend(kChannelHeaderSize);
  if (!header) return false;
  storeBe16(header, channel);
  storeBe16(header + 2, static_cast<uint16_t>(size));
  return true;
}

std::optional<uint16_t> unwrapChannelData(PacketBuffer& packet) {
  if (!looksLikeChannelData(packet.view())) return std::nullopt;
  const uint16_t channel = loadBe16(packet.data());
  const size_t size = loadBe16(packet.data() + 2);
  if (size > packet.size() - kChannelHeaderSize) return std::nullopt;
  packet.trimFront(kChannelHeaderSize);
  packet.trimBack(packet.size() - size);
  return channel;
}

bool wrapSendIndication(PacketBuffer& packet, const SocketAddress& peer, RandomSource& random) {
  const size_t size = packet.size();
  std::array<uint8_t, 48> head;
  MessageWriter writer(head, Class::kIndication, Method::kSend, newTransactionId(random));
  writer.xorAddress(AttributeType::kXorPeerAddress, peer);
  if (!writer.ok() || !pad(packet)) return false;
  const size_t before = writer.size();
  const size_t length = before + 4 - kHeaderSize + packet.size();
  uint8_t* p = packet.prepend(before + 4);
  if (!p) return false;
  std::copy_n(head.begin(), before, p);
  storeBe16(p + 2, static_cast<uint16_t>(length));
  storeBe16(p + before, static_cast<uint16_t>(AttributeType::kData));
  storeBe16(p + before + 2, static_cast<uint16_t>(size));
  return true;
}

}  // namespace tincan::inline v0::stun

#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/packet_buffer.h"
#include "base/random.h"

namespace tincan::inline v0::stun {

/// RFC 8656 §12: the channel numbers that a client may bind.
constexpr uint16_t kFirstChannel = 0x4000;
constexpr uint16_t kLastChannel = 0x4FFF;
constexpr size_t kChannelHeaderSize = 4;

/// First byte 64 to 79 (RFC 7983 §7, RFC 8656 §12).
bool looksLikeChannelData(ByteView packet);

/// Puts a ChannelData header in front of the data, in place. Over a stream it is padded to a multiple of four, too.
///
///     0                   1                   2                   3
///     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///    |         channel number        |    length of the data         |
///    |                            data …                             |   RFC 8656 §12.4
[[nodiscard]] bool wrapChannelData(PacketBuffer& packet, uint16_t channel, bool overStream);
/// The other way: leaves the data, gives the channel. None, and no change, when the header lies.
std::optional<uint16_t> unwrapChannelData(PacketBuffer& packet);

/// Puts a Send indication round the data, in place (RFC 8656 §11.1): 36 bytes in front for an IPv4 peer, 48 for IPv6.
///
///    |   STUN header, Send indication    20 bytes |
///    |   XOR-PEER-ADDRESS          12 or 24 bytes |
///    |   DATA: type, length               4 bytes |
///    |   the data, padded to a multiple of four … |
[[nodiscard]] bool wrapSendIndication(PacketBuffer& packet, const SocketAddress& peer, RandomSource& random);

}  // namespace tincan::inline v0::stun

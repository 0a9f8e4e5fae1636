#include "sctp/dcep.h"

namespace tincan::inline v0::sctp::dcep {
namespace {

constexpr uint8_t kOpenType = 0x03;  // RFC 8832 §8.2.1
constexpr uint8_t kAckType = 0x02;
constexpr uint8_t kUnordered = 0x80;
constexpr size_t kOpenHeaderSize = 12;

// RFC 8832 §5.1:
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |  Message Type |  Channel Type |            Priority           |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |                    Reliability Parameter                      |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |         Label Length          |       Protocol Length         |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |                             Label                             |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |                            Protocol                           |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Result<Message> parseOpen(ByteReader& reader) {
  Open open;
  const uint8_t type = reader.u8();
  open.priority = reader.u16();
  open.reliabilityParameter = reader.u32();
  const uint16_t labelSize = reader.u16();
  const uint16_t protocolSize = reader.u16();
  open.label = asText(reader.view(labelSize));
  open.protocol = asText(reader.view(protocolSize));
  if (!reader.ok()) return Error(ErrorCode::kMalformed, "DATA_CHANNEL_OPEN is shorter than it says");
  if (!reader.atEnd()) return Error(ErrorCode::kMalformed, "DATA_CHANNEL_OPEN is longer than it says");
  open.ordered = (type & kUnordered) == 0;
  switch (type & ~kUnordered) {
    case 0x00:
      open.reliability = Reliability::kReliable;
      open.reliabilityParameter = 0;  // RFC 8832 §5.1: MUST be ignored
      break;
    case 0x01: open.reliability = Reliability::kPartialRetransmits; break;
    case 0x02: open.reliability = Reliability::kPartialTimed; break;
    default: return Error(ErrorCode::kUnsupported, "unknown channel type");
  }
  return Message(std::move(open));
}

void writeOpen(ByteBuilder& out, const Open& open) {
  out.buffer().reserve(kOpenHeaderSize + open.label.size() + open.protocol.size());
  out.u8(kOpenType).u8(static_cast<uint8_t>(static_cast<uint8_t>(open.reliability) | (open.ordered ? 0 : kUnordered)));
  // RFC 8832 §5.1: the parameter of a reliable channel MUST be 0.
  out.u16(open.priority).u32(open.reliability == Reliability::kReliable ? 0 : open.reliabilityParameter);
  out.u16(static_cast<uint16_t>(open.label.size())).u16(static_cast<uint16_t>(open.protocol.size()));
  out.bytes(asBytes(open.label)).bytes(asBytes(open.protocol));
}

}  // namespace

// RFC 8832 §5.2, the acknowledgement, is its one byte of type; what a later version may add behind it is not ours.
Result<Message> parse(ByteView bytes) {
  ByteReader reader(bytes);
  const uint8_t type = reader.u8();
  if (!reader.ok()) return Error(ErrorCode::kMalformed, "empty DCEP message");
  if (type == kOpenType) return parseOpen(reader);
  if (type == kAckType) return Message(Ack{});
  return Error(ErrorCode::kUnsupported, "unknown DCEP message");
}

Bytes write(const Message& message) {
  ByteBuilder out;
  if (const auto* open = std::get_if<Open>(&message)) {
    writeOpen(out, *open);
  } else {
    out.u8(kAckType);
  }
  return out.take();
}

}  // namespace tincan::inline v0::sctp::dcep

#include "sctp/late_answer.h"

namespace tincan::sctp {

std::optional<Bytes> answerToLateShutdownAck(ByteView packet) {
  constexpr uint8_t kShutdownAck = 8, kShutdownComplete = 14, kTagReflected = 1;
  ByteReader reader(packet);
  const uint16_t source = reader.u16();
  const uint16_t destination = reader.u16();
  const uint32_t tag = reader.u32();
  reader.skip(4);  // the checksum
  if (reader.u8() != kShutdownAck || !reader.ok()) return std::nullopt;
  ByteBuilder answer;
  answer.u16(destination).u16(source).u32(tag).u32(0);
  answer.u8(kShutdownComplete).u8(kTagReflected).u16(4);
  return answer.take();
}

}  // namespace tincan::sctp

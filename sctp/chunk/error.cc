#include "sctp/chunk/error.h"

#include <algorithm>

#include "sctp/chunk/parameter.h"

namespace tincan::inline v0::sctp {

std::optional<CauseCode> firstCause(ByteView body) {
  ParameterReader reader(body);
  ParameterView cause;
  if (!reader.next(cause)) return std::nullopt;
  return static_cast<CauseCode>(cause.type);
}

Bytes writeCause(CauseCode code, ByteView information) {
  constexpr size_t kMaxInformation = 256;  // an unknown chunk is shown by its beginning
  const ByteView shown = information.first(std::min(information.size(), kMaxInformation));
  Bytes out(ParameterReader::kParameterHeaderSize + shown.size());
  ByteWriter writer(out);
  writer.u16(static_cast<uint16_t>(code));
  writer.u16(static_cast<uint16_t>(out.size()));
  writer.bytes(shown);
  return out;
}

}  // namespace tincan::inline v0::sctp

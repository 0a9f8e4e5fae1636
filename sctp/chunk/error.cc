#include "sctp/chunk/error.h"

#include <algorithm>

#include "sctp/chunk/parameter.h"

namespace tincan::sctp {

std::optional<CauseCode> firstCause(ByteView body) {
  ParameterReader reader(body);
  ParameterView cause;
  if (!reader.next(cause)) return std::nullopt;
  return static_cast<CauseCode>(cause.type);
}

Bytes writeCause(CauseCode code, ByteView information) {
  constexpr size_t kMaxInformation = 256;  // an unknown chunk is shown by its beginning
  ByteBuilder out;
  addParameter(out, static_cast<uint16_t>(code), information.first(std::min(information.size(), kMaxInformation)));
  return out.take();
}

}  // namespace tincan::sctp

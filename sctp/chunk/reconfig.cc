#include "sctp/chunk/reconfig.h"

#include "sctp/chunk/parameter.h"

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kMaxParameters = 2;  // RFC 6525 §3.1

std::vector<uint16_t> readStreams(ByteReader& reader) {
  std::vector<uint16_t> streams;
  streams.reserve(reader.remaining() / 2);
  while (reader.remaining() >= 2) streams.push_back(reader.u16());
  if (!reader.atEnd()) reader.fail();
  return streams;
}

void writeStreams(ByteBuilder& out, const std::vector<uint16_t>& streams) {
  for (const uint16_t stream : streams) out.u16(stream);
}

std::optional<ReconfigParameter> readOne(const ParameterView& parameter, bool& ok) {
  ByteReader reader(parameter.value);
  std::optional<ReconfigParameter> out;
  if (parameter.type == ParameterType::kOutgoingReset) {
    OutgoingResetRequest request{reader.u32(), reader.u32(), reader.u32()};
    request.streams = readStreams(reader);
    out = std::move(request);
  } else if (parameter.type == ParameterType::kIncomingReset) {
    IncomingResetRequest request{reader.u32()};
    request.streams = readStreams(reader);
    out = std::move(request);
  } else if (parameter.type == ParameterType::kAddOutgoing) {
    out = AddStreamsRequest{reader.u32(), reader.u16()};
  } else if (parameter.type == ParameterType::kTsnReset || parameter.type == ParameterType::kAddIncoming) {
    out = OtherReconfigRequest{reader.u32()};
  } else if (parameter.type == ParameterType::kReconfigResponse) {
    const uint32_t sequence = reader.u32(), result = reader.u32();
    if (result > static_cast<uint32_t>(ReconfigResult::kInProgress)) reader.fail();
    out = ReconfigResponse{sequence, static_cast<ReconfigResult>(result)};
  }
  ok = reader.ok();
  return out;
}

struct Writer {
  ByteBuilder& out;
  ParameterType operator()(const OutgoingResetRequest& request) {
    out.u32(request.sequence).u32(request.responseSequence).u32(request.lastTsn);
    writeStreams(out, request.streams);
    return ParameterType::kOutgoingReset;
  }
  ParameterType operator()(const IncomingResetRequest& request) {
    out.u32(request.sequence);
    writeStreams(out, request.streams);
    return ParameterType::kIncomingReset;
  }
  ParameterType operator()(const AddStreamsRequest& request) {
    out.u32(request.sequence).u16(request.count).u16(0);
    return ParameterType::kAddOutgoing;
  }
  ParameterType operator()(const OtherReconfigRequest& request) {
    out.u32(request.sequence);
    return ParameterType::kTsnReset;
  }
  ParameterType operator()(const ReconfigResponse& response) {
    out.u32(response.sequence).u32(static_cast<uint32_t>(response.result));
    return ParameterType::kReconfigResponse;
  }
};

}  // namespace

std::optional<std::vector<ReconfigParameter>> readReconfig(ByteView body) {
  std::vector<ReconfigParameter> out;
  ParameterReader reader(body);
  for (ParameterView parameter; out.size() < kMaxParameters && reader.next(parameter);) {
    bool ok = true;
    std::optional<ReconfigParameter> one = readOne(parameter, ok);
    if (!ok) return std::nullopt;
    if (one) out.push_back(std::move(*one));
  }
  if (!reader.ok()) return std::nullopt;
  return out;
}

Bytes write(const ReconfigParameter& parameter) {
  ByteBuilder value, out;
  const ParameterType type = std::visit(Writer{value}, parameter);
  addParameter(out, type, value.view());
  return out.take();
}

}  // namespace tincan::inline v0::sctp

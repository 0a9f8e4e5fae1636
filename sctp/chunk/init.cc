#include "sctp/chunk/init.h"

#include "sctp/chunk/parameter.h"

namespace tincan::inline v0::sctp {
namespace {

// Parameters that nobody knows may come by the hundred; what is reported of them is no more than this.
constexpr size_t kMaxUnrecognized = 8;
constexpr size_t kMaxUnrecognizedSize = 256;

constexpr uint32_t kDtlsErrorDetection = 1;  // RFC 9653 §4: the method's identifier

void readExtensions(ByteView types, Capabilities& out) {
  bool data = false, forward = false;
  for (const uint8_t type : types) {
    out.reconfig |= type == static_cast<uint8_t>(ChunkType::kReconfig);
    out.partialReliability |= type == static_cast<uint8_t>(ChunkType::kForwardTsn);
    data |= type == static_cast<uint8_t>(ChunkType::kIData);
    forward |= type == static_cast<uint8_t>(ChunkType::kIForwardTsn);
  }
  // RFC 8260 §2.2.1 asks for I-DATA in the list, and for I-FORWARD-TSN too where PR-SCTP is spoken.
  out.interleaving = data && (forward || !out.partialReliability);
}

/// False: the rest of the parameters is not to be looked at (RFC 9260 §3.2.1).
bool readParameter(const ParameterView& parameter, InitChunk& init) {
  switch (parameter.type) {
    case ParameterType::kStateCookie: init.cookie = toBytes(parameter.value); return true;
    case ParameterType::kSupportedExtensions: readExtensions(parameter.value, init.capabilities); return true;
    case ParameterType::kForwardTsnSupported: init.capabilities.partialReliability = true; return true;
    case ParameterType::kZeroChecksum:
      if (parameter.value.size() == 4) {
        init.capabilities.zeroChecksum = loadBe32(parameter.value.data()) == kDtlsErrorDetection;
      }
      return true;
    case ParameterType::kHeartbeatInfo:
    case ParameterType::kUnrecognized:
    case ParameterType::kOutgoingReset:
    case ParameterType::kIncomingReset:
    case ParameterType::kTsnReset:
    case ParameterType::kReconfigResponse:
    case ParameterType::kAddOutgoing:
    case ParameterType::kAddIncoming: return true;  // ours, and nothing that an INIT says
  }
  // Addresses (5, 6), their supported types (12), lifespan (9) and host name (11) are of no use inside DTLS.
  const auto type = static_cast<uint16_t>(parameter.type);
  if (type == 5 || type == 6 || type == 9 || type == 11 || type == 12) return true;
  if (reportsIfUnknown(parameter.type) && init.unrecognized.size() < kMaxUnrecognized &&
      parameter.whole.size() <= kMaxUnrecognizedSize) {
    init.unrecognized.push_back(toBytes(parameter.whole));
  }
  return skipsIfUnknown(parameter.type);
}

Bytes extensions(const Capabilities& capabilities) {
  Bytes types;
  const auto add = [&](ChunkType type) { types.push_back(static_cast<uint8_t>(type)); };
  if (capabilities.reconfig) add(ChunkType::kReconfig);
  if (capabilities.partialReliability) add(ChunkType::kForwardTsn);
  if (capabilities.interleaving) {
    add(ChunkType::kIData);
    add(ChunkType::kIForwardTsn);
  }
  return types;
}

}  // namespace

Result<InitChunk> readInit(const ChunkView& chunk) {
  InitChunk init;
  init.type = chunk.type;
  ByteReader reader(chunk.body);
  init.tag = reader.u32();
  init.window = reader.u32();
  init.outboundStreams = reader.u16();
  init.inboundStreams = reader.u16();
  init.initialTsn = reader.u32();
  if (!reader.ok()) return Error(ErrorCode::kMalformed, "INIT shorter than its fixed fields");
  // RFC 9260 §3.3.2: zero is none of them.
  if (init.tag == 0) return Error(ErrorCode::kMalformed, "INIT with a tag of zero");
  if (init.outboundStreams == 0 || init.inboundStreams == 0)
    return Error(ErrorCode::kMalformed, "INIT without streams");
  ParameterReader parameters(reader.rest());
  for (ParameterView parameter; parameters.next(parameter);) {
    if (!readParameter(parameter, init)) break;
  }
  if (!parameters.ok()) return Error(ErrorCode::kMalformed, "INIT with a parameter whose length lies");
  if (init.type == ChunkType::kInitAck && init.cookie.empty()) {
    return Error(ErrorCode::kMalformed, "INIT ACK without a cookie");
  }
  return init;
}

Result<InitChunk> readInitAlone(ByteView bytes) {
  ChunkReader reader(bytes);
  ChunkView chunk;
  if (!reader.next(chunk) || chunk.type != ChunkType::kInit || padded(chunk.whole.size()) < bytes.size()) {
    return Error(ErrorCode::kMalformed, "no INIT chunk: a=sctp-init holds one, whole");
  }
  return readInit(chunk);
}

Bytes write(const InitChunk& init) {
  ByteBuilder out;
  out.u8(static_cast<uint8_t>(init.type)).u8(0).u16(0);
  out.u32(init.tag).u32(init.window).u16(init.outboundStreams).u16(init.inboundStreams).u32(init.initialTsn);
  if (init.capabilities.partialReliability) addParameter(out, ParameterType::kForwardTsnSupported, {});
  if (const Bytes types = extensions(init.capabilities); !types.empty()) {
    addParameter(out, ParameterType::kSupportedExtensions, types);
  }
  if (init.capabilities.zeroChecksum) {
    uint8_t method[4];
    storeBe32(method, kDtlsErrorDetection);
    addParameter(out, ParameterType::kZeroChecksum, method);
  }
  if (!init.cookie.empty()) addParameter(out, ParameterType::kStateCookie, init.cookie);
  for (const Bytes& parameter : init.unrecognized) addParameter(out, ParameterType::kUnrecognized, parameter);
  storeBe16(out.buffer().data() + 2, static_cast<uint16_t>(out.size()));
  return out.take();
}

}  // namespace tincan::inline v0::sctp

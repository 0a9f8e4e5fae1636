#pragma once

#include "fuzz/require.h"
#include "sctp/chunk/data.h"
#include "sctp/chunk/error.h"
#include "sctp/chunk/forward_tsn.h"
#include "sctp/chunk/init.h"
#include "sctp/chunk/packet.h"
#include "sctp/chunk/reconfig.h"
#include "sctp/chunk/sack.h"

namespace tincan::inline v0::fuzz {

/// What is read is written, and reads the same again.
inline void roundTripInit(const sctp::ChunkView& chunk) {
  const Result<sctp::InitChunk> init = sctp::readInit(chunk);
  if (!init || !init->unrecognized.empty() || init->cookie.size() > 60'000) return;
  const Bytes written = sctp::write(*init);
  sctp::ChunkReader reader(written);
  sctp::ChunkView again;
  require(reader.next(again) && again.type == chunk.type);
  const Result<sctp::InitChunk> second = sctp::readInit(again);
  require(second.ok() && second->tag == init->tag && second->window == init->window);
  require(second->initialTsn == init->initialTsn && second->cookie == init->cookie);
  require(second->capabilities == init->capabilities);
}

inline void roundTripReconfig(ByteView body) {
  const auto parameters = sctp::readReconfig(body);
  if (!parameters) return;
  for (const sctp::ReconfigParameter& parameter : *parameters) {
    const bool isOther = std::holds_alternative<sctp::OtherReconfigRequest>(parameter);
    const auto again = sctp::readReconfig(sctp::write(parameter));
    require(again && again->size() == 1 && (isOther || (*again)[0] == parameter));
  }
}

template <class Chunk>
void roundTrip(const Chunk& chunk, size_t size, ByteView whole, bool exact) {
  Bytes out(size + 8);
  ByteWriter writer(out);
  require(sctp::write(writer, chunk) && writer.size() <= out.size());
  if (exact) require(equalBytes(writer.written().first(whole.size()).subspan(4), whole.subspan(4)));
}

/// A packet of anything: each chunk is read as what it says it is.
inline void fuzzSctpChunks(ByteView input) {
  (void)sctp::parseCommonHeader(input);
  sctp::ChunkReader reader(input);
  sctp::SackChunk sack;
  sctp::ForwardTsnChunk forward;
  for (sctp::ChunkView chunk; reader.next(chunk);) {
    switch (chunk.type) {
      case sctp::ChunkType::kInit:
      case sctp::ChunkType::kInitAck: roundTripInit(chunk); break;
      case sctp::ChunkType::kReconfig: roundTripReconfig(chunk.body); break;
      case sctp::ChunkType::kError:
      case sctp::ChunkType::kAbort: (void)sctp::firstCause(chunk.body); break;
      case sctp::ChunkType::kSack:
        if (sctp::readSack(chunk.body, sack)) roundTrip(sack, sack.wireSize(), chunk.whole, false);
        break;
      case sctp::ChunkType::kData:
        if (const auto data = sctp::readData(chunk.flags, chunk.body)) {
          roundTrip(*data, data->wireSize(), chunk.whole, true);
        }
        break;
      case sctp::ChunkType::kIData:
        if (const auto data = sctp::readIData(chunk.flags, chunk.body)) {
          roundTrip(*data, data->wireSize(), chunk.whole, false);
        }
        break;
      case sctp::ChunkType::kForwardTsn:
        if (sctp::readForwardTsn(chunk.body, forward)) roundTrip(forward, forward.wireSize(), chunk.whole, true);
        break;
      case sctp::ChunkType::kIForwardTsn:
        if (sctp::readIForwardTsn(chunk.body, forward)) roundTrip(forward, forward.wireSize(), chunk.whole, false);
        break;
      case sctp::ChunkType::kHeartbeat:
      case sctp::ChunkType::kHeartbeatAck:
      case sctp::ChunkType::kShutdown:
      case sctp::ChunkType::kShutdownAck:
      case sctp::ChunkType::kCookieEcho:
      case sctp::ChunkType::kCookieAck:
      case sctp::ChunkType::kShutdownComplete:
      case sctp::ChunkType::kPad: break;
    }
  }
}

}  // namespace tincan::inline v0::fuzz

#include "session/inbound_stream.h"

#include <utility>

namespace tincan::inline v0::session {

InboundStream::InboundStream(Config config)
    : config_(std::move(config)), statistics_(config_.ssrc, config_.clockRate), rtx_(config_.ssrc, config_.rtx) {}

bool InboundStream::receive(const rtp::ReceivedPacket& packet) {
  lastHeard_ = packet.at;
  heard_ = true;
  const size_t payload = packet.payload().size();
  payloadBytes_ += payload;
  if (packet.recovered) retransmittedBytes_ += payload;
  // What RTX brought is of the statistics of its own SSRC (RFC 4588 §5.2).
  if (packet.recovered) {
    ++retransmitted_;
  } else {
    statistics_.receive(packet.at, packet.header.sequenceNumber, packet.header.timestamp, packet.buffer.size());
  }
  return note(packet);
}

bool InboundStream::receiveRepaired(const rtp::ReceivedPacket& packet) {
  return note(packet);
}

bool InboundStream::note(const rtp::ReceivedPacket& packet) {
  if (!config_.nack || superseded_) return true;
  nacks_.setPatience(patience(packet.at));
  const bool old = nacks_.receive(packet.at, packet.header.sequenceNumber) == rtp::NackTracker::Arrival::kOld;
  return !old || config_.passOld;
}

void InboundStream::setSuperseded() {
  superseded_ = true;
  nacks_.reset();
  keyFrames_.answered();
}

void InboundStream::takeFeedback(TimePoint now, Ssrc from, std::vector<rtp::rtcp::Packet>& out) {
  rtp::rtcp::Nack nack;
  if (nacks_.poll(now, nack.sequenceNumbers)) {
    nack.sender = from;
    nack.media = config_.ssrc;
    ++nackCount_;
    out.push_back(std::move(nack));
  }
  if (nacks_.takeKeyFrameRequest()) keyFrames_.want();
  if (!keyFrames_.poll(now)) return;
  if (config_.keyFrames == KeyFrameRequest::kPli) {
    ++pliCount_;
    out.push_back(rtp::rtcp::Pli{from, config_.ssrc});
  } else {
    // RFC 5104 §4.3.1.1: each has a number of its own; one that comes again under the same is no request, and where this is
    // asked for again, the key frame may be what was lost.
    out.push_back(rtp::rtcp::Fir{from, {{config_.ssrc, static_cast<uint8_t>(firCount_++)}}});
  }
}

void InboundStream::setRoundTripTime(Duration rtt) {
  rtt_ = rtt;
  shortest_ = std::min(shortest_.value_or(rtt), rtt);
  tellRepairTime();
}

void InboundStream::setPathDelay(Duration wait) {
  if (wait == wait_) return;
  wait_ = wait;
  tellRepairTime();
}

// Asked again before that, it would only come twice, and a key frame for nothing.
void InboundStream::tellRepairTime() {
  nacks_.setRoundTripTime(repairTime());
  keyFrames_.setRoundTripTime(repairTime());
}

void InboundStream::setFec(const FecTypes& types, PacketPool& pool) {
  if (!types.redundant) {
    red_.reset();
  } else if (!red_ || red_->type() != *types.redundant) {
    red_ = std::make_unique<RedReceiver>(*types.redundant, pool);
  }
  if (!types.red && !types.flexfec) {
    fec_.reset();
    return;
  }
  if (!fec_) fec_ = std::make_unique<FecReceiver>(config_.ssrc, pool);
  fec_->setTypes(types);
}

void InboundStream::setFeedback(bool nack, KeyFrameRequest keyFrames) {
  config_.keyFrames = keyFrames;
  if (std::exchange(config_.nack, nack) != nack) nacks_.reset();
}

void InboundStream::setRtx(const rtp::RtxPayloadTypes& types) {
  config_.rtx = types;
  rtx_.setTypes(types);
}

}  // namespace tincan::inline v0::session

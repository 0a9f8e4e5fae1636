#include "session/fec_receiver.h"

namespace tincan::inline v0::session {

FecReceiver::Outcome FecReceiver::receive(rtp::ReceivedPacket& packet, bool room) {
  const TimePoint at = packet.at;
  if (types_.red && packet.header.payloadType == *types_.red) {
    const ByteView payload = packet.payload();
    if (payload.empty()) {  // padding: it fills its place
      makeFiller(packet);
      return Outcome::kFiller;
    }
    if (!rtp::unwrapRed(packet.buffer, *types_.red) || !rtp::Header::parse(packet.buffer.view(), packet.header))
      return Outcome::kMalformed;
    if (types_.ulpfec && packet.header.payloadType == *types_.ulpfec) {
      // What came by RTX is late, and what it covers was asked for, too.
      if (!packet.recovered) receiveParity(at, packet.payload(), rtp::FecScheme::kUlpfec, room);
      makeFiller(packet);
      return Outcome::kFiller;
    }
  }
  mediaType_ = packet.header.payloadType;
  if (decoder_ && !packet.recovered) {
    forgetIdle(at);
    if (decoder_) decoder_->receiveMedia(packet.buffer.view());
  }
  return Outcome::kMedia;
}

void FecReceiver::makeFiller(rtp::ReceivedPacket& packet) const {
  packet.buffer.trimBack(packet.buffer.size() - packet.header.headerSize);
  packet.header.paddingSize = 0;
  if (mediaType_) packet.header.payloadType = *mediaType_;
}

void FecReceiver::receiveParity(TimePoint at, ByteView payload, rtp::FecScheme scheme, bool room) {
  ++packets_;
  bytes_ += payload.size();
  if (decoder_ && scheme_ != scheme) endDecoder();
  if (!decoder_ && !room) return;
  if (!decoder_) decoder_.emplace(scheme, media_, pool_);
  scheme_ = scheme;
  lastParity_ = at;
  decoder_->receiveParity(payload);
}

void FecReceiver::forgetIdle(TimePoint now) {
  if (now - lastParity_ >= kIdle) endDecoder();
}

void FecReceiver::endDecoder() {
  before_ = stats();
  decoder_.reset();
}

FecReceiver::Stats FecReceiver::stats() const {
  Stats out = before_;
  out.packets = packets_;
  out.bytes = bytes_;
  if (!decoder_) return out;
  out.discarded += decoder_->stats().unused + decoder_->stats().malformed;
  out.recovered += decoder_->stats().recovered;
  return out;
}

}  // namespace tincan::inline v0::session

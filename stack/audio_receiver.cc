#include "stack/audio_receiver.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "rtp/payload/opus.h"

namespace tincan::stack {

AudioReceiver::AudioReceiver(Config config) : MediaReceiver(std::move(config), rtp::kOpusClockRate) {}

void AudioReceiver::handlePacket(TimePoint now, PacketBuffer packet, const rtp::Header& header) {
  const ByteView payload = header.payload(packet.view());
  rtp::OpusPacketInfo info;
  if (!codec(header.payloadType) || !rtp::OpusPacketInfo::parse(payload, info)) return;
  if (config_.receiver->onencodedframe) {
    auto copy = std::make_shared<Bytes>(toBytes(payload));
    config_.events->post([receiver = config_.receiver, copy, timestamp = header.timestamp, now] {
      if (auto handler = receiver->onencodedframe) handler({MediaKind::kAudio, *copy, true, timestamp, now, 0, 0});
    });
  }
  media::AudioJitterBuffer::Packet incoming;
  incoming.sequenceNumber = header.sequenceNumber;
  incoming.timestamp = header.timestamp;
  incoming.samples = info.samples;
  incoming.dtx = info.dtx;
  incoming.payload = payload;
  incoming.buffer = std::move(packet);
  jitterBuffer_.receive(now, std::move(incoming));
}

void AudioReceiver::handleTimeout(TimePoint now, std::vector<rtp::rtcp::Packet>&) {
  media::AudioJitterBuffer::Playout playout;
  while (jitterBuffer_.pop(now, playout)) play(now, playout);
}

void AudioReceiver::play(TimePoint now, const media::AudioJitterBuffer::Playout& playout) {
  const auto& track = config_.receiver->track();
  if (playout.kind == media::AudioJitterBuffer::Kind::kNothing || !track->hasSinks()) return;
  if (!decoder_) decoder_.emplace();
  const bool missing = playout.kind == media::AudioJitterBuffer::Kind::kMissing;
  // useinbandfec=1 is promised: the next packet's copy of the lost one is decoded (RFC 7587 §6.1).
  auto sound = missing ? decoder_->recover(playout.nextPayload, playout.samples) : decoder_->decode(playout.payload);
  if (!sound) return;
  if (!missing) ++framesDecoded_;
  sound->rtpTimestamp = playout.timestamp;
  sound->captured = now;
  int peak = 0;
  for (int16_t sample : sound->samples) peak = std::max(peak, std::abs(int{sample}));
  level_ = peak / 32768.0;
  auto shared = std::make_shared<media::AudioFrame>(*std::move(sound));
  config_.events->post([track, shared] { track->deliver(*shared); });
}

void AudioReceiver::addStats(RTCInboundRtpStreamStats& out) const {
  const auto& stats = jitterBuffer_.stats();
  out.framesReceived = stats.packets;
  out.framesDecoded = framesDecoded_;
  out.jitterBufferDelay = stats.delaySum.toSeconds();
  out.jitterBufferEmittedCount = stats.emittedSamples;
  out.totalSamplesReceived = stats.emittedSamples;
  out.concealedSamples = stats.concealedSamples;
  out.audioLevel = level_;
}

}  // namespace tincan::stack

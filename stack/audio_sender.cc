#include "stack/audio_sender.h"

#include <utility>

namespace tincan::stack {
namespace {

constexpr uint32_t kBitrate = 48'000;  // RFC 7587 §3.1.1: 28 to 40 kb/s for full-band speech, 48 to 64 for music

// RFC 7587 §4.1: a 48 kHz clock, from when the sound was captured.
uint32_t audioTimestamp(TimePoint captured) {
  return static_cast<uint32_t>(captured.micros() * 48 / 1000);
}

}  // namespace

AudioSender::AudioSender(std::shared_ptr<RtpSender> sender, std::unique_ptr<RtpStreamSender> stream,
                         std::shared_ptr<EventQueue> events, PacketPool& pool)
    : MediaSender(std::move(sender), std::move(stream), std::move(events)), pool_(pool) {}

media::SinkId AudioSender::addSink(media::MediaStreamTrack& track) {
  return track.addAudioSink([this](const media::AudioFrame& sound) {
    if (sending()) sendSound(timeOf(sound.captured), sound);
  });
}

void AudioSender::sendSound(TimePoint now, const media::AudioFrame& sound) {
  if (!encoder_) {
    media::OpusEncoder::Config config;
    config.channels = sound.channels;
    config.bitrateBps = kBitrate;
    encoder_.emplace(config);
  }
  auto packet = encoder_->encode(sound);
  if (!packet || packet->empty()) return;
  PacketBuffer payload = pool_.allocate();
  if (!payload || !payload.append(*packet)) return;
  ++framesEncoded_;
  // RFC 3551 §4.1: the marker starts a talkspurt.
  stream_->add(now, std::move(payload), !std::exchange(talking_, true), audioTimestamp(sound.captured));
}

uint32_t AudioSender::bitrate() const {
  return kBitrate;
}

void AudioSender::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = framesEncoded_;
  out.targetBitrate = kBitrate;
}

}  // namespace tincan::stack

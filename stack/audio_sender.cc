#include "stack/audio_sender.h"

#include <utility>

namespace tincan::stack {
namespace {

constexpr uint32_t kBitrate = 48'000;  // what is reckoned with before there is an encoder to ask

// RFC 3550 §5.1: the codec's clock, from when the sound was captured.
uint32_t audioTimestamp(TimePoint captured, uint32_t clockRate) {
  constexpr int64_t kSecond = 1'000'000;
  const int64_t seconds = captured.micros() / kSecond, rest = captured.micros() % kSecond;
  return static_cast<uint32_t>(seconds * clockRate + rest * clockRate / kSecond);
}

}  // namespace

AudioSender::AudioSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream,
                         std::shared_ptr<EventQueue> events, const media::CodecFactory& factory,
                         media::CodecFormat format, PacketPool& pool)
    : MediaSender(std::move(sender), stream, std::move(events)),
      factory_(factory),
      format_(std::move(format)),
      pool_(pool) {}

media::SinkId AudioSender::addSink(media::MediaStreamTrack& track) {
  return track.addAudioSink([this](const media::AudioFrame& sound) {
    if (sending()) sendSound(timeOf(sound.captured), sound);
  });
}

bool AudioSender::startEncoder(int channels) {
  if (encoder_ || failed_) return encoder_ != nullptr;
  media::AudioEncoderSettings settings;
  settings.channels = channels;
  auto made = factory_.audioEncoder(format_, settings);
  failed_ = !made.ok();
  if (made) encoder_ = *std::move(made);
  return !failed_;
}

// RFC 3551 §4.1: the marker starts a talkspurt, after silence that was not sent.
bool AudioSender::startsTalkspurt(TimePoint captured) {
  const auto before = std::exchange(lastSent_, captured);
  return !before || captured - *before > encoder_->packetTime() * 2;
}

void AudioSender::sendSound(TimePoint now, const media::AudioFrame& sound) {
  if (!startEncoder(sound.channels)) return;
  packets_.clear();
  if (!encoder_->encode(sound, packets_)) return;
  for (const media::EncodedAudio& packet : packets_) {
    PacketBuffer payload = pool_.allocate();
    if (!payload || !payload.append(packet.data)) return;
    ++framesEncoded_;
    stream_->add(now, std::move(payload), startsTalkspurt(packet.time), audioTimestamp(packet.time, format_.clockRate));
  }
}

uint32_t AudioSender::bitrate() const {
  return encoder_ ? encoder_->bitrate() : kBitrate;
}

void AudioSender::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = framesEncoded_;
  out.targetBitrate = bitrate();
}

}  // namespace tincan::stack

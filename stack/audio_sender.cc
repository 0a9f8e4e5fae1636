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

// RFC 4733 §2.5.1: an event in place of the sound, a packet a frame. False when there is none to say.
bool AudioSender::sendTone(TimePoint now, TimePoint captured) {
  constexpr uint8_t kVolume = 10;  // -dBm0, as telephones have it
  const auto& dtmf = sender_->dtmf();
  if (!dtmf) return false;
  while (auto told = dtmf->playout().next(captured)) {
    post([dtmf, told = *std::move(told)] {
      if (auto handler = dtmf->ontonechange) handler({told});
    });
  }
  const auto playing = toneType_ ? dtmf->playout().playing() : std::nullopt;
  const uint32_t timestamp = audioTimestamp(captured, format_.clockRate);
  if (tone_ && playing != tone_) tones_.stop(timestamp);
  if (playing && playing != tone_) tones_.start(*playing, kVolume, timestamp);
  tone_ = playing;
  rtp::TelephoneEventSender::Packet packet;
  if (!toneType_ || !tones_.next(timestamp, packet)) return false;
  PacketBuffer payload = pool_.allocate();
  Bytes bytes(rtp::TelephoneEvent::kSize);
  if (!payload || !packet.payload.write(bytes) || !payload.append(bytes)) return true;
  stream_->addAs(*toneType_, now, std::move(payload), packet.marker, packet.timestamp);
  lastSent_.reset();  // a talkspurt begins behind it
  return true;
}

void AudioSender::sendSound(TimePoint now, const media::AudioFrame& sound) {
  if (!sender_->encoding().active) return;
  if (sendTone(now, sound.captured)) return;
  if (!startEncoder(sound.channels)) return;
  if (const auto most = sender_->encoding().maxBitrate; most && *most < encoder_->bitrate())
    encoder_->setBitrate(*most);
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
  out.active = sender_->encoding().active;
}

}  // namespace tincan::stack

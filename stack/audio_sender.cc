#include "stack/audio_sender.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr uint8_t kQuiet = 50;  // dB below overload: who speaks into a microphone is louder

// RFC 6464 §3: the root mean square, beside that of a square wave of full scale.
rtp::AudioLevel levelOf(const media::AudioFrame& sound) {
  double sum = 0;
  for (const int16_t sample : sound.samples) sum += static_cast<double>(sample) * sample;
  if (sound.samples.empty() || sum <= 0) return {};
  const double level = std::sqrt(sum / static_cast<double>(sound.samples.size())) / 32767;
  const long below = std::lround(-20 * std::log10(level));
  rtp::AudioLevel out;
  out.level = static_cast<uint8_t>(std::clamp(below, 0L, 127L));
  out.voice = out.level < kQuiet;
  return out;
}

}  // namespace

AudioSender::AudioSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream,
                         std::shared_ptr<EventQueue> events, const media::CodecFactory& factory,
                         const media::CodecFormat& format, PacketPool& pool, CodecWork where)
    : MediaSender(std::move(sender), stream, events),
      packets_(stream, format.clockRate, pool),
      transform_(sender_, events, {"audio/" + format.name},
                 [this](TimePoint now, size_t, std::span<const media::EncodedAudio> frames) {
                   for (const media::EncodedAudio& frame : frames) packets_.send(now, frame, packetTime_);
                 }),
      sound_(
          factory, format,
          [this](TimePoint now, const media::EncodedAudio& frame, Duration lasts) {
            packetTime_ = lasts;
            transform_.pass(now, 0, *streams_.front(), {&frame, 1});
          },
          std::move(where)),
      encoded_(format, stream.maxPayload(), events, [this](TimePoint now, std::span<const media::EncodedAudio> frames) {
        transform_.pass(now, 0, *streams_.front(), frames);
      }) {}

media::SinkId AudioSender::addSink(media::MediaStreamTrack& track) {
  encoded_.setSource(track.encodedSource());
  if (const auto* source = dynamic_cast<const media::EncodedAudioSource*>(track.encodedSource().get())) {
    packetTime_ = source->packetTime();
    return track.addEncodedSink([this](const media::EncodedFrame& frame) {
      if (sending()) sendEncoded(frame);
    });
  }
  return track.addAudioSink([this](const media::AudioFrame& sound) {
    if (sending()) sendSound(timeOf(sound.captured), sound);
  });
}

// False when there is no tone to say.
bool AudioSender::sendTone(TimePoint now, TimePoint captured) {
  const auto& dtmf = sender_->dtmf();
  if (!dtmf) return false;
  while (auto told = dtmf->playout().next(captured)) {
    post([dtmf, told = *std::move(told)] {
      if (auto handler = dtmf->ontonechange) handler({told});
    });
  }
  return packets_.sendTone(now, captured, dtmf->playout().playing());
}

void AudioSender::sendSound(TimePoint now, const media::AudioFrame& sound) {
  if (!sender_->encoding().active) return;
  packets_.setLevel(levelOf(sound));
  if (!sendTone(now, sound.captured)) sound_.encode(now, sender_->encoding(), sound);
}

void AudioSender::sendEncoded(const media::EncodedFrame& frame) {
  const TimePoint now = timeOf(frame.time);
  const RTCRtpEncodingParameters& encoding = sender_->encoding();
  if (encoding.maxBitrate) encoded_.setBitrate(*encoding.maxBitrate);
  if (encoding.active && sendTone(now, frame.time)) return;
  packets_.setLevel(std::nullopt);
  encoded_.receive(now, encoding.active, frame);
}

void AudioSender::addStats(RTCOutboundRtpStreamStats& out, size_t) const {
  if (encoded_.source()) {
    encoded_.addStats(out);
  } else {
    out.framesEncoded = sound_.framesEncoded();
    if (const uint64_t late = sound_.overtaken(); late > 0) out.framesNotEncoded = late;
  }
  out.targetBitrate = bitrate();
  out.active = sender_->encoding().active;
}

}  // namespace tincan::inline v0::stack

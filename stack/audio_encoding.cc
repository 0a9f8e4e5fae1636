#include "stack/audio_encoding.h"

#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kBitrate = 48'000;  // what is reckoned with before there is an encoder to ask

}  // namespace

AudioEncoding::AudioEncoding(const media::CodecFactory& factory, media::CodecFormat format, Sink sink)
    : factory_(factory), format_(std::move(format)), sink_(std::move(sink)) {}

bool AudioEncoding::startEncoder(int channels) {
  if (encoder_ || failed_) return encoder_ != nullptr;
  media::AudioEncoderSettings settings;
  settings.channels = channels;
  auto made = factory_.audioEncoder(format_, settings);
  failed_ = !made.ok();
  if (made) encoder_ = *std::move(made);
  return !failed_;
}

void AudioEncoding::encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::AudioFrame& sound) {
  if (!startEncoder(sound.channels)) return;
  if (parameters.maxBitrate && *parameters.maxBitrate < encoder_->bitrate())
    encoder_->setBitrate(*parameters.maxBitrate);
  frames_.clear();
  if (!encoder_->encode(sound, frames_)) return;
  framesEncoded_ += frames_.size();
  for (const media::EncodedAudio& frame : frames_) sink_(now, frame, encoder_->packetTime());
}

uint32_t AudioEncoding::bitrate() const {
  return encoder_ ? encoder_->bitrate() : kBitrate;
}

}  // namespace tincan::inline v0::stack

#include "media/codec/libopus/opus_audio_encoder.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tincan::inline v0::media {
namespace {

// RFC 6716 §3.2.1: one frame is 1,275 bytes at most. A packet of several at the highest rates would not pass through the
// network whole: there the encoder keeps to less.
constexpr size_t kMaxPayload = 1275;
constexpr uint32_t kMinBitrate = 6'000, kMaxBitrate = 510'000;  // RFC 6716 §2.1.1
constexpr uint32_t kMonoBitrate = 48'000;                       // RFC 7587 §3.1.1: 28 to 40 kb/s for full-band speech,
constexpr uint32_t kStereoBitrate = 96'000;                     // 48 to 64 for mono music, 64 to 128 for stereo
constexpr size_t kSilentPacket = 2;                             // RFC 7587 §3.1.3: no more than this is DTX

// RFC 7587 §6.1: what the receiver can play, so no more is worth sending.
opus_int32 bandwidthFor(uint32_t playbackRate) {
  if (playbackRate <= 8'000) return OPUS_BANDWIDTH_NARROWBAND;
  if (playbackRate <= 12'000) return OPUS_BANDWIDTH_MEDIUMBAND;
  if (playbackRate <= 16'000) return OPUS_BANDWIDTH_WIDEBAND;
  if (playbackRate <= 24'000) return OPUS_BANDWIDTH_SUPERWIDEBAND;
  return OPUS_BANDWIDTH_FULLBAND;
}

bool says(const CodecFormat& format, std::string_view key) {
  return format.number(key, 0) == 1;
}

}  // namespace

Result<std::unique_ptr<AudioEncoder>> OpusAudioEncoder::create(const CodecFormat& format,
                                                               const AudioEncoderSettings& settings) {
  const int channels = settings.channels == 2 && says(format, "stereo") ? 2 : 1;
  int error = OPUS_OK;
  Codec codec(opus_encoder_create(AudioFrame::kRate, channels,
                                  channels == 2 ? OPUS_APPLICATION_AUDIO : OPUS_APPLICATION_VOIP, &error));
  if (!codec) return {ErrorCode::kOperationError, std::string("cannot start Opus: ") + opus_strerror(error)};
  return std::unique_ptr<AudioEncoder>(new OpusAudioEncoder(std::move(codec), format, settings, channels));
}

OpusAudioEncoder::OpusAudioEncoder(Codec codec, const CodecFormat& format, const AudioEncoderSettings& settings,
                                   int channels)
    : codec_(std::move(codec)),
      assembler_(channels, packetTimeOf(format)),
      maxBitrate_(std::clamp(format.number("maxaveragebitrate", kMaxBitrate), kMinBitrate, kMaxBitrate)),
      packet_(kMaxPayload) {
  ::OpusEncoder* encoder = codec_.get();
  opus_encoder_ctl(encoder, OPUS_SET_VBR(says(format, "cbr") ? 0 : 1));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(says(format, "useinbandfec") ? 1 : 0));
  opus_encoder_ctl(encoder, OPUS_SET_DTX(says(format, "usedtx") ? 1 : 0));
  opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(std::clamp(settings.expectedLossPercent, 0, 100)));
  opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(bandwidthFor(format.number("maxplaybackrate", AudioFrame::kRate))));
  setBitrate(settings.bitrateBps != 0 ? settings.bitrateBps : channels == 2 ? kStereoBitrate : kMonoBitrate);
}

void OpusAudioEncoder::setBitrate(uint32_t bps) {
  bitrate_ = std::clamp(bps, kMinBitrate, maxBitrate_);
  opus_encoder_ctl(codec_.get(), OPUS_SET_BITRATE(static_cast<opus_int32>(bitrate_)));
}

Result<void> OpusAudioEncoder::encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) {
  if (auto pushed = assembler_.push(sound); !pushed) return pushed.error();
  PacketAssembler::Block block;
  while (assembler_.pop(block)) {
    const int size = opus_encode(codec_.get(), block.samples.data(), static_cast<int>(assembler_.samplesPerChannel()),
                                 packet_.data(), static_cast<opus_int32>(packet_.size()));
    if (size < 0) return {ErrorCode::kOperationError, std::string("Opus could not encode: ") + opus_strerror(size)};
    // The first says that a pause begins, or whoever hears nothing more would take it for loss; libwebrtc's rule.
    const bool silent = static_cast<size_t>(size) <= kSilentPacket;
    if (std::exchange(pausing_, silent) && silent) continue;
    EncodedAudio& encoded = out.emplace_back();
    encoded.data.assign(packet_.begin(), packet_.begin() + size);
    encoded.keyFrame = true;
    encoded.rtpTimestamp = block.rtpTimestamp;
    encoded.time = block.captured;
  }
  return {};
}

}  // namespace tincan::inline v0::media

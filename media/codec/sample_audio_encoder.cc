#include "media/codec/sample_audio_encoder.h"

#include <utility>

namespace tincan::inline v0::media {
namespace {

// What passes through any network with all headers, and with room to spare (RFC 8200 §5: 1,280 bytes).
constexpr size_t kMaxPayload = 1100;

// As many parts as make payloads small enough; halves, so that all are of the same whole number of ticks.
size_t partsOf(size_t bytes) {
  size_t parts = 1;
  while (bytes / parts > kMaxPayload) parts *= 2;
  return parts;
}

}  // namespace

Result<std::unique_ptr<AudioEncoder>> SampleAudioEncoder::create(const CodecFormat& format,
                                                                 const rtp::SampleFormat& samples,
                                                                 std::unique_ptr<SampleCoder> coder) {
  auto converter = RateConverter::create(AudioFrame::kRate, static_cast<int>(samples.sampleRate), samples.channels);
  if (!converter) return converter.error();
  return std::unique_ptr<AudioEncoder>(
      new SampleAudioEncoder(format, samples, std::move(coder), std::move(*converter)));
}

SampleAudioEncoder::SampleAudioEncoder(const CodecFormat& format, const rtp::SampleFormat& samples,
                                       std::unique_ptr<SampleCoder> coder, RateConverter converter)
    : samples_(samples),
      coder_(std::move(coder)),
      converter_(std::move(converter)),
      assembler_(samples.channels, packetTimeOf(format)),
      parts_(partsOf(static_cast<size_t>(assembler_.packetTime().millis()) * bitrate() / 8 / 1000)),
      partTime_(assembler_.packetTime() / static_cast<int64_t>(parts_)) {}

Result<void> SampleAudioEncoder::encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) {
  if (auto pushed = assembler_.push(sound); !pushed) return pushed.error();
  PacketAssembler::Block block;
  while (assembler_.pop(block)) {
    converter_.convert(block.samples, converted_);
    coder_->encode(converted_, coded_);
    const size_t ticks = coded_.size() / samples_.bytesPerTick;
    size_t from = 0;
    for (size_t part = 0; part < parts_; ++part) {
      const size_t until = ticks * (part + 1) / parts_;
      EncodedAudio& encoded = out.emplace_back();
      encoded.data.assign(coded_.begin() + static_cast<std::ptrdiff_t>(from * samples_.bytesPerTick),
                          coded_.begin() + static_cast<std::ptrdiff_t>(until * samples_.bytesPerTick));
      encoded.keyFrame = true;
      encoded.time = block.captured + partTime_ * static_cast<int64_t>(part);
      encoded.rtpTimestamp = block.rtpTimestamp + static_cast<uint32_t>(assembler_.samplesPerChannel() * part / parts_);
      from = until;
    }
  }
  return {};
}

}  // namespace tincan::inline v0::media

#include "media/opus_decoder.h"

#include <algorithm>
#include <string>

#include <opus/opus.h>

namespace tincan::media {
namespace {

constexpr int kMaxSamples = AudioFrame::kRate * 120 / 1000;  // RFC 6716 §3.2.5: a packet is 120 ms at most
constexpr int kStep = AudioFrame::kRate / 400;               // RFC 6716 §3.1: 2.5 ms, the shortest frame

// libopus conceals whole steps only.
int wholeSteps(uint32_t samples) {
  const int bounded = static_cast<int>(std::min(samples, static_cast<uint32_t>(kMaxSamples)));
  return std::max(bounded / kStep, 1) * kStep;
}

}  // namespace

struct OpusDecoder::State {
  ~State() {
    if (codec) opus_decoder_destroy(codec);
  }

  // No packet conceals `samples`; with `recover`, the packet's copy of the one before it is decoded.
  Result<AudioFrame> run(ByteView packet, int samples, bool recover) {
    if (!codec) return {ErrorCode::kOperationError, "cannot start Opus"};
    AudioFrame frame;
    frame.channels = channels;
    frame.samples.resize(static_cast<size_t>(samples * channels));
    const int count =
        opus_decode(codec, packet.empty() ? nullptr : packet.data(), static_cast<opus_int32>(packet.size()),
                    frame.samples.data(), samples, recover ? 1 : 0);
    if (count < 0) return {ErrorCode::kMalformed, std::string("Opus: ") + opus_strerror(count)};
    frame.samples.resize(static_cast<size_t>(count * channels));
    return frame;
  }

  ::OpusDecoder* codec = nullptr;
  int channels = 1;
};

OpusDecoder::OpusDecoder(int channels) : state_(std::make_unique<State>()) {
  state_->channels = channels == 2 ? 2 : 1;
  int error = OPUS_OK;
  state_->codec = opus_decoder_create(AudioFrame::kRate, state_->channels, &error);
}

OpusDecoder::~OpusDecoder() = default;
OpusDecoder::OpusDecoder(OpusDecoder&&) noexcept = default;
OpusDecoder& OpusDecoder::operator=(OpusDecoder&&) noexcept = default;

Result<AudioFrame> OpusDecoder::decode(ByteView packet) {
  if (packet.empty()) return {ErrorCode::kMalformed, "an empty Opus packet"};
  return state_->run(packet, kMaxSamples, false);
}

Result<AudioFrame> OpusDecoder::conceal(uint32_t samples) {
  return state_->run({}, wholeSteps(samples), false);
}

Result<AudioFrame> OpusDecoder::recover(ByteView nextPacket, uint32_t samples) {
  return state_->run(nextPacket, wholeSteps(samples), !nextPacket.empty());
}

}  // namespace tincan::media

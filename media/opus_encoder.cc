#include "media/opus_encoder.h"

#include <algorithm>
#include <string>
#include <vector>

#include <opus/opus.h>

namespace tincan::media {
namespace {

constexpr size_t kMaxPacket = 1275;                        // RFC 6716 §3.2.1: one frame
constexpr int kMinBitrate = 6'000, kMaxBitrate = 510'000;  // RFC 6716 §2.1.1

// Samples for an encoder of `channels` from a frame of others: the mean of two, or one twice.
void remix(const AudioFrame& frame, int channels, std::vector<int16_t>& out) {
  out.clear();
  if (channels == 1) {
    for (size_t i = 0; i + 1 < frame.samples.size(); i += 2)
      out.push_back(static_cast<int16_t>((frame.samples[i] + frame.samples[i + 1]) / 2));
    return;
  }
  for (const int16_t sample : frame.samples) out.insert(out.end(), 2, sample);
}

}  // namespace

struct OpusEncoder::State {
  ~State() {
    if (codec) opus_encoder_destroy(codec);
  }
  ::OpusEncoder* codec = nullptr;
  int channels = 1;
  std::vector<int16_t> remixed;
};

OpusEncoder::OpusEncoder() : OpusEncoder(Config()) {}

OpusEncoder::OpusEncoder(Config config) : state_(std::make_unique<State>()) {
  state_->channels = config.channels == 2 ? 2 : 1;
  int error = OPUS_OK;
  state_->codec = opus_encoder_create(AudioFrame::kRate, state_->channels, OPUS_APPLICATION_VOIP, &error);
  if (!state_->codec) return;  // encode() says so
  opus_encoder_ctl(state_->codec, OPUS_SET_INBAND_FEC(1));
  opus_encoder_ctl(state_->codec, OPUS_SET_PACKET_LOSS_PERC(std::clamp(config.expectedLossPercent, 0, 100)));
  setBitrate(config.bitrateBps);
}

OpusEncoder::~OpusEncoder() = default;
OpusEncoder::OpusEncoder(OpusEncoder&&) noexcept = default;
OpusEncoder& OpusEncoder::operator=(OpusEncoder&&) noexcept = default;

void OpusEncoder::setBitrate(int bps) {
  if (state_->codec) opus_encoder_ctl(state_->codec, OPUS_SET_BITRATE(std::clamp(bps, kMinBitrate, kMaxBitrate)));
}

Result<Bytes> OpusEncoder::encode(const AudioFrame& frame) {
  if (!state_->codec) return {ErrorCode::kOperationError, "cannot start Opus"};
  if (frame.sampleRate != AudioFrame::kRate || (frame.channels != 1 && frame.channels != 2) ||
      frame.samples.size() != static_cast<size_t>(AudioFrame::kSamples * frame.channels))
    return {ErrorCode::kRangeError, "Opus takes 20 ms of 48 kHz sound, mono or stereo"};
  const int16_t* samples = frame.samples.data();
  if (frame.channels != state_->channels) {
    remix(frame, state_->channels, state_->remixed);
    samples = state_->remixed.data();
  }
  Bytes packet(kMaxPacket);
  const int size =
      opus_encode(state_->codec, samples, AudioFrame::kSamples, packet.data(), static_cast<opus_int32>(packet.size()));
  if (size < 0) return {ErrorCode::kOperationError, std::string("Opus could not encode: ") + opus_strerror(size)};
  packet.resize(static_cast<size_t>(size));
  return packet;
}

}  // namespace tincan::media

#include "media/codec/libopus/opus_audio_decoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "rtp/payload/opus.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kMaxSamples = AudioFrame::kRate * 120 / 1000;  // RFC 6716 §3.2.5: a packet is 120 ms at most
constexpr int kStep = AudioFrame::kRate / 400;               // RFC 6716 §3.1: 2.5 ms, the shortest frame

// libopus conceals whole steps only.
int wholeSteps(uint32_t samples) {
  const int bounded = static_cast<int>(std::min(samples, static_cast<uint32_t>(kMaxSamples)));
  return std::max(bounded / kStep, 1) * kStep;
}

}  // namespace

Result<std::unique_ptr<AudioDecoder>> OpusAudioDecoder::create(const CodecFormat& format) {
  const int channels = format.number("stereo", 0) == 1 ? 2 : 1;
  int error = OPUS_OK;
  Codec codec(opus_decoder_create(AudioFrame::kRate, channels, &error));
  if (!codec) return {ErrorCode::kOperationError, std::string("cannot start Opus: ") + opus_strerror(error)};
  return std::unique_ptr<AudioDecoder>(new OpusAudioDecoder(std::move(codec), channels));
}

// No packet conceals `samples`; with `recover`, the packet's copy of the one before it is decoded.
Result<AudioFrame> OpusAudioDecoder::run(ByteView packet, int samples, bool recover) {
  AudioFrame frame;
  frame.channels = channels_;
  frame.samples.resize(static_cast<size_t>(samples * channels_));
  const int count = opus_decode(codec_.get(), packet.empty() ? nullptr : packet.data(),
                                static_cast<opus_int32>(packet.size()), frame.samples.data(), samples, recover ? 1 : 0);
  if (count < 0) return {ErrorCode::kMalformed, std::string("Opus: ") + opus_strerror(count)};
  frame.samples.resize(static_cast<size_t>(count * channels_));
  return frame;
}

Result<AudioFrame> OpusAudioDecoder::decode(ByteView payload) {
  if (payload.empty()) return {ErrorCode::kMalformed, "an empty Opus packet"};
  return run(payload, kMaxSamples, false);
}

Result<AudioFrame> OpusAudioDecoder::conceal(uint32_t samples) {
  return run({}, wholeSteps(samples), false);
}

Result<AudioFrame> OpusAudioDecoder::recover(ByteView nextPayload, uint32_t samples) {
  return run(nextPayload, wholeSteps(samples), !nextPayload.empty());
}

bool OpusAudioDecoder::hasCopy(ByteView nextPayload) const {
  return rtp::hasOpusCopy(nextPayload);
}

uint32_t OpusAudioDecoder::duration(ByteView payload) const {
  rtp::OpusPacketInfo info;
  return rtp::OpusPacketInfo::parse(payload, info) ? info.samples : 0;
}

bool OpusAudioDecoder::mayPause(ByteView payload) const {
  rtp::OpusPacketInfo info;
  return rtp::OpusPacketInfo::parse(payload, info) && info.dtx;
}

}  // namespace tincan::inline v0::media

#pragma once

#include <memory>
#include <vector>

#include "media/codec/audio_codec.h"
#include "media/codec/packet_assembler.h"
#include "media/codec/rate_converter.h"
#include "media/codec/sample_coder.h"

namespace tincan::inline v0::media {

/// 48 kHz sound through a SampleCoder: brought to the codec's rate, cut into packets of `ptime`, or shorter ones where
/// that would not fit a packet of the network. The bitrate is what it is.
class SampleAudioEncoder final : public AudioEncoder {
 public:
  /// kUnsupported where 48 kHz cannot be brought to the codec's rate.
  static Result<std::unique_ptr<AudioEncoder>> create(const CodecFormat& format, const rtp::SampleFormat& samples,
                                                      std::unique_ptr<SampleCoder> coder);

  Result<void> encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) override;
  void setBitrate(uint32_t) override {}
  uint32_t bitrate() const override { return samples_.clockRate * samples_.bytesPerTick * 8; }
  Duration packetTime() const override { return partTime_; }

 private:
  SampleAudioEncoder(const CodecFormat& format, const rtp::SampleFormat& samples, std::unique_ptr<SampleCoder> coder,
                     RateConverter converter);

  rtp::SampleFormat samples_;
  std::unique_ptr<SampleCoder> coder_;
  RateConverter converter_;
  PacketAssembler assembler_;
  size_t parts_;  // payloads of a block
  Duration partTime_;
  std::vector<int16_t> converted_;
  Bytes coded_;
};

}  // namespace tincan::inline v0::media

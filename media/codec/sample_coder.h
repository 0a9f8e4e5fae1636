#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "media/codec/codec_format.h"
#include "rtp/payload/samples.h"

namespace tincan::inline v0::media {

/// A codec that turns samples into bytes one by one, without packets of its own: G.711, G.722, linear PCM. What all of
/// them need around it is in SampleAudioEncoder and SampleAudioDecoder.
class SampleCoder {
 public:
  virtual ~SampleCoder() = default;
  virtual void encode(std::span<const int16_t> samples, Bytes& out) = 0;
  /// Of whole ticks (rtp::SampleFormat).
  virtual void decode(ByteView payload, std::vector<int16_t>& out) = 0;
};

/// G.711: PCMU and PCMA (RFC 3551 §4.5.14).
class G711Coder final : public SampleCoder {
 public:
  explicit G711Coder(bool muLaw) : muLaw_(muLaw) {}
  void encode(std::span<const int16_t> samples, Bytes& out) override;
  void decode(ByteView payload, std::vector<int16_t>& out) override;

 private:
  bool muLaw_;
};

/// Linear PCM of 16 bits: L16 (RFC 3551 §4.5.11).
class L16Coder final : public SampleCoder {
 public:
  void encode(std::span<const int16_t> samples, Bytes& out) override;
  void decode(ByteView payload, std::vector<int16_t>& out) override;
};

}  // namespace tincan::inline v0::media

#pragma once

#include <memory>

#include "media/codec/sample_coder.h"

namespace tincan::inline v0::media {

/// G.722 at 64 kb/s by spandsp: 16 kHz, two samples a byte (RFC 3551 §4.5.2). One direction of one stream.
class G722Coder final : public SampleCoder {
 public:
  G722Coder();
  ~G722Coder() override;
  void encode(std::span<const int16_t> samples, Bytes& out) override;
  void decode(ByteView payload, std::vector<int16_t>& out) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tincan::inline v0::media

#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "media/audio_frame.h"

namespace tincan::media {

/// Opus (RFC 6716) by libopus, to 48 kHz.
class OpusDecoder {
 public:
  explicit OpusDecoder(int channels = 1);
  ~OpusDecoder();
  OpusDecoder(OpusDecoder&&) noexcept;
  OpusDecoder& operator=(OpusDecoder&&) noexcept;

  /// The 2.5 to 120 ms of one packet.
  Result<AudioFrame> decode(ByteView packet);
  /// So much in place of a lost packet, in whole steps of 2.5 ms (RFC 6716 §3.1), one at least.
  Result<AudioFrame> conceal(uint32_t samples = AudioFrame::kSamples);
  /// The same from the copy that the packet after it may carry (RFC 6716 §2.1.7); concealed where it carries none.
  Result<AudioFrame> recover(ByteView nextPacket, uint32_t samples = AudioFrame::kSamples);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tincan::media

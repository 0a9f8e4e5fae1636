#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/api/rtp_parameters.h"

namespace tincan::inline v0::stack {

/// Sound into encoded frames, each what one packet will carry. Knows nothing of packets. Owned by an AudioSender.
class AudioEncoding {
 public:
  /// Of one payload, with the time of its first sample and what it lasts. Good during the call.
  using Sink = std::function<void(TimePoint now, const media::EncodedAudio& frame, Duration lasts)>;

  /// Where the factory has no encoder for `format`, nothing comes out.
  AudioEncoding(const media::CodecFactory& factory, media::CodecFormat format, Sink sink);

  void encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::AudioFrame& sound);
  /// What is made, in bits a second.
  uint32_t bitrate() const;
  uint64_t framesEncoded() const { return framesEncoded_; }

 private:
  bool startEncoder(int channels);

  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  Sink sink_;
  std::unique_ptr<media::AudioEncoder> encoder_;
  bool failed_ = false;                      // there is no encoder, and none is asked for again
  std::vector<media::EncodedAudio> frames_;  // of one stretch of sound; keeps its memory
  uint64_t framesEncoded_ = 0;
};

}  // namespace tincan::inline v0::stack

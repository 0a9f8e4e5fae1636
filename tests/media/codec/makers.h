#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "media/codec/codec_factory.h"

// The two codecs that tests of other things make their frames with.
namespace tincan::inline v0::media {

inline CodecFormat vp8Format() {
  return {CodecKind::kVideo, "VP8", 90'000, 1, {}};
}
inline CodecFormat opusFormat() {
  return {CodecKind::kAudio, "opus", 48'000, 2, {{"useinbandfec", "1"}}};
}

inline std::unique_ptr<VideoEncoder> makeVp8Encoder(int width, int height, uint32_t bitrate) {
  VideoEncoderSettings settings;
  settings.width = width;
  settings.height = height;
  settings.bitrateBps = bitrate;
  return std::move(builtInCodecs().videoEncoder(vp8Format(), settings)).value();
}
inline std::unique_ptr<VideoDecoder> makeVp8Decoder() {
  return std::move(builtInCodecs().videoDecoder(vp8Format())).value();
}
inline std::unique_ptr<AudioEncoder> makeOpusEncoder(uint32_t bitrate = 48'000, int expectedLossPercent = 5) {
  AudioEncoderSettings settings;
  settings.bitrateBps = bitrate;
  settings.expectedLossPercent = expectedLossPercent;
  return std::move(builtInCodecs().audioEncoder(opusFormat(), settings)).value();
}
inline std::unique_ptr<AudioDecoder> makeOpusDecoder() {
  return std::move(builtInCodecs().audioDecoder(opusFormat())).value();
}

/// The one frame that a picture becomes; throws where it becomes none.
inline EncodedVideo encodeOne(VideoEncoder& encoder, const VideoFrame& picture, bool forceKeyFrame = false) {
  std::vector<EncodedVideo> out;
  if (auto encoded = encoder.encode(picture, forceKeyFrame, out); !encoded) throwBadResult(encoded.error());
  return std::move(out.at(0));
}
/// The one packet that 20 ms become.
inline Bytes encodeOne(AudioEncoder& encoder, const AudioFrame& sound) {
  std::vector<EncodedAudio> out;
  if (auto encoded = encoder.encode(sound, out); !encoded) throwBadResult(encoded.error());
  return std::move(out.at(0).data);
}

}  // namespace tincan::inline v0::media

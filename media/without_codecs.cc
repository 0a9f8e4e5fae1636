// In place of what stands on libvpx and libopus, where one of them is missing. Descriptions then promise no codec
// (stack/jsep/capabilities.cc), so calls carry data channels alone; who asks for a codec anyway is told.
#include "media/opus_decoder.h"
#include "media/opus_encoder.h"
#include "media/vp8_decoder.h"
#include "media/vp8_encoder.h"

namespace tincan::media {
namespace {

Error withoutCodecs() {
  return {ErrorCode::kUnsupported, "tincan was built without codecs: build it with -DTINCAN_MEDIA=ON"};
}

}  // namespace

struct Vp8Decoder::State {};
Vp8Decoder::Vp8Decoder() = default;
Vp8Decoder::~Vp8Decoder() = default;
Vp8Decoder::Vp8Decoder(Vp8Decoder&&) noexcept = default;
Vp8Decoder& Vp8Decoder::operator=(Vp8Decoder&&) noexcept = default;
Result<VideoFrame> Vp8Decoder::decode(ByteView) {
  return withoutCodecs();
}

struct Vp8Encoder::State {};
Vp8Encoder::Vp8Encoder(int, int, double, int) {}
Vp8Encoder::~Vp8Encoder() = default;
Vp8Encoder::Vp8Encoder(Vp8Encoder&&) noexcept = default;
Vp8Encoder& Vp8Encoder::operator=(Vp8Encoder&&) noexcept = default;
Result<EncodedVideo> Vp8Encoder::encode(const VideoFrame&, bool) {
  return withoutCodecs();
}
void Vp8Encoder::setBitrate(int) {}
int Vp8Encoder::bitrate() const {
  return 0;
}

struct OpusDecoder::State {};
OpusDecoder::OpusDecoder(int) {}
OpusDecoder::~OpusDecoder() = default;
OpusDecoder::OpusDecoder(OpusDecoder&&) noexcept = default;
OpusDecoder& OpusDecoder::operator=(OpusDecoder&&) noexcept = default;
Result<AudioFrame> OpusDecoder::decode(ByteView) {
  return withoutCodecs();
}
Result<AudioFrame> OpusDecoder::conceal(uint32_t) {
  return withoutCodecs();
}
Result<AudioFrame> OpusDecoder::recover(ByteView, uint32_t) {
  return withoutCodecs();
}

struct OpusEncoder::State {};
OpusEncoder::OpusEncoder() = default;
OpusEncoder::OpusEncoder(Config) {}
OpusEncoder::~OpusEncoder() = default;
OpusEncoder::OpusEncoder(OpusEncoder&&) noexcept = default;
OpusEncoder& OpusEncoder::operator=(OpusEncoder&&) noexcept = default;
Result<Bytes> OpusEncoder::encode(const AudioFrame&) {
  return withoutCodecs();
}
void OpusEncoder::setBitrate(int) {}

}  // namespace tincan::media

#include "media/vp8_decoder.h"

#include <string>

#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "media/vp8_header.h"

namespace tincan::media {
namespace {

void copyPlane(const vpx_image_t& image, int plane, MutableByteView out, int width, int height) {
  const uint8_t* row = image.planes[plane];
  uint8_t* to = out.data();
  for (int y = 0; y < height; ++y, row += image.stride[plane], to += width)
    std::memcpy(to, row, static_cast<size_t>(width));
}

}  // namespace

struct Vp8Decoder::State {
  State() = default;
  ~State() { close(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> open();
  void close();

  vpx_codec_ctx_t codec{};
  bool opened = false;
  bool needsKeyFrame = true;
};

Result<void> Vp8Decoder::State::open() {
  if (opened) return {};
  vpx_codec_dec_cfg_t config{};
  config.threads = 1;
  if (const auto code = vpx_codec_dec_init(&codec, vpx_codec_vp8_dx(), &config, 0); code != VPX_CODEC_OK)
    return {ErrorCode::kOperationError, std::string("cannot start VP8: ") + vpx_codec_err_to_string(code)};
  opened = true;
  return {};
}

void Vp8Decoder::State::close() {
  if (opened) vpx_codec_destroy(&codec);
  opened = false;
  codec = {};
}

Vp8Decoder::Vp8Decoder() : state_(std::make_unique<State>()) {}
Vp8Decoder::~Vp8Decoder() = default;
Vp8Decoder::Vp8Decoder(Vp8Decoder&&) noexcept = default;
Vp8Decoder& Vp8Decoder::operator=(Vp8Decoder&&) noexcept = default;

Result<VideoFrame> Vp8Decoder::decode(ByteView frame) {
  State& state = *state_;
  const auto header = Vp8Header::parse(frame);
  if (!header) return {ErrorCode::kMalformed, "not a VP8 frame"};
  if (header->width > VideoFrame::kMaxSide || header->height > VideoFrame::kMaxSide)
    return {ErrorCode::kLimit, "a VP8 picture larger than 4096 x 4096"};
  if (!header->keyFrame && state.needsKeyFrame) return {ErrorCode::kMalformed, "a VP8 frame without its key frame"};
  if (auto opened = state.open(); !opened) return opened.error();

  if (const auto code = vpx_codec_decode(&state.codec, frame.data(), static_cast<unsigned>(frame.size()), nullptr, 0);
      code != VPX_CODEC_OK) {
    // What libvpx keeps after an error is anyone's guess; a fresh decoder and a key frame are not.
    state.needsKeyFrame = true;
    state.close();
    return {ErrorCode::kMalformed, std::string("VP8: ") + vpx_codec_err_to_string(code)};
  }
  state.needsKeyFrame = false;

  vpx_codec_iter_t iterator = nullptr;
  const vpx_image_t* image = vpx_codec_get_frame(&state.codec, &iterator);
  if (!image) return {ErrorCode::kMalformed, "a VP8 frame that shows nothing"};  // RFC 6386 §9.1: show_frame 0
  VideoFrame out;
  out.resize(static_cast<int>(image->d_w), static_cast<int>(image->d_h));
  copyPlane(*image, VPX_PLANE_Y, out.y(), out.width, out.height);
  copyPlane(*image, VPX_PLANE_U, out.u(), out.chromaWidth(), out.chromaHeight());
  copyPlane(*image, VPX_PLANE_V, out.v(), out.chromaWidth(), out.chromaHeight());
  return out;
}

}  // namespace tincan::media

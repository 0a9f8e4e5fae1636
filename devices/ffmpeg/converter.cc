#include "devices/ffmpeg/converter.h"

#include <algorithm>

namespace tincan::inline v0::devices {

bool PictureConverter::convert(const AVFrame& from, media::VideoFrame& out) {
  if (from.width <= 0 || from.height <= 0) return false;
  // Shrunk in proportion where a side is too long.
  const int longest = std::max(from.width, from.height);
  const int64_t most = std::min(longest, media::VideoFrame::kMaxSide);
  const int width = std::max(2, static_cast<int>(from.width * most / longest) & ~1);
  const int height = std::max(2, static_cast<int>(from.height * most / longest) & ~1);
  const auto format = static_cast<AVPixelFormat>(from.format);
  scaler_.reset(sws_getCachedContext(scaler_.release(), from.width, from.height, format, width, height,
                                     AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!scaler_) return false;
  out.resize(width, height);
  uint8_t* const planes[4] = {out.y().data(), out.u().data(), out.v().data(), nullptr};
  const int strides[4] = {width, out.chromaWidth(), out.chromaWidth(), 0};
  return sws_scale(scaler_.get(), from.data, from.linesize, 0, from.height, planes, strides) == height;
}

bool SoundConverter::setUp(const AVFrame& from) {
  const int channels = from.ch_layout.nb_channels;
  if (resampler_ && format_ == from.format && rate_ == from.sample_rate && fromChannels_ == channels) return true;
  AVChannelLayout in = {}, out = {};
  av_channel_layout_default(&in, channels);
  av_channel_layout_default(&out, channels_);
  SwrContext* made = nullptr;
  const int done = swr_alloc_set_opts2(&made, &out, AV_SAMPLE_FMT_S16, media::AudioFrame::kRate, &in,
                                       static_cast<AVSampleFormat>(from.format), from.sample_rate, 0, nullptr);
  resampler_.reset(made);
  if (done < 0 || swr_init(made) < 0) {
    resampler_.reset();
    return false;
  }
  format_ = from.format;
  rate_ = from.sample_rate;
  fromChannels_ = channels;
  return true;
}

bool SoundConverter::convert(const AVFrame& from, std::vector<int16_t>& out) {
  if (from.ch_layout.nb_channels <= 0 || from.sample_rate <= 0 || !setUp(from)) return false;
  const int room = swr_get_out_samples(resampler_.get(), from.nb_samples);
  if (room < 0) return false;
  out.resize(static_cast<size_t>(room) * static_cast<size_t>(channels_));
  auto* to = reinterpret_cast<uint8_t*>(out.data());
  const int made =
      swr_convert(resampler_.get(), &to, room, const_cast<const uint8_t**>(from.extended_data), from.nb_samples);
  if (made < 0) return false;
  out.resize(static_cast<size_t>(made) * static_cast<size_t>(channels_));
  return true;
}

}  // namespace tincan::inline v0::devices

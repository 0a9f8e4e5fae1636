#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "devices/ffmpeg/av_functions.h"

// FFmpeg's objects with owners, and its errors in our words.
namespace tincan::inline v0::devices {

struct AvDelete {
  void operator()(AVFormatContext* context) const {
    if (context->iformat) {
      avformat_close_input(&context);
    } else {
      avformat_free_context(context);
    }
  }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
  void operator()(SwrContext* resampler) const { swr_free(&resampler); }
  void operator()(AVDeviceInfoList* list) const { avdevice_free_list_devices(&list); }
};
template <class T>
using AvPtr = std::unique_ptr<T, AvDelete>;

/// Once in a process, before anything else: that it is loaded, its devices, and that it writes nothing on standard error.
Result<void> prepareAv();

/// NotFoundError where nothing is there, NotReadableError where it is and cannot be had.
Error avError(int code, const std::string& what);

}  // namespace tincan::inline v0::devices

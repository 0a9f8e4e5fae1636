#pragma once

#include "base/result.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

// FFmpeg is loaded when a device or a file is first asked for: it brings more than a hundred libraries with it, which take
// longer to load than a call takes to connect. What is called here hides, by its name, what the headers declare: a
// pointer of the same type, which loadAv() finds in the libraries of the version that was compiled for.
namespace tincan::inline v0::devices {

// clang-format off
#define TINCAN_AV_FUNCTIONS(use) \
  use(av_channel_layout_default) use(av_dict_free) use(av_dict_set) use(av_frame_alloc) use(av_frame_free) \
  use(av_frame_unref) use(av_log_set_level) use(av_rescale_q) use(av_strerror) \
  use(av_new_packet) use(av_packet_alloc) use(av_packet_free) use(av_packet_unref) use(avcodec_alloc_context3) \
  use(avcodec_flush_buffers) use(avcodec_free_context) use(avcodec_open2) use(avcodec_parameters_to_context) \
  use(avcodec_receive_frame) use(avcodec_send_packet) \
  use(av_find_best_stream) use(av_find_input_format) use(av_guess_format) use(av_read_frame) use(av_write_frame) \
  use(av_write_trailer) use(avformat_alloc_context) use(avformat_alloc_output_context2) use(avformat_close_input) \
  use(avformat_find_stream_info) use(avformat_free_context) use(avformat_new_stream) use(avformat_open_input) \
  use(avformat_seek_file) use(avformat_write_header) \
  use(avdevice_free_list_devices) use(avdevice_list_input_sources) use(avdevice_list_output_sinks) \
  use(avdevice_register_all) \
  use(swr_alloc_set_opts2) use(swr_convert) use(swr_free) use(swr_get_out_samples) use(swr_init) \
  use(sws_freeContext) use(sws_getCachedContext) use(sws_scale)
// clang-format on

#define TINCAN_AV_POINTER(name) inline decltype(&::name) name = nullptr;
TINCAN_AV_FUNCTIONS(TINCAN_AV_POINTER)
#undef TINCAN_AV_POINTER

/// Once in a process, before anything of the above is called. NotFoundError where FFmpeg is not installed.
Result<void> loadAv();

}  // namespace tincan::inline v0::devices

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "media/jitter_buffer/video_jitter_buffer.h"
#include "stack/codec_work.h"
#include "stack/decoder_budget.h"

namespace tincan::inline v0::stack {

/// Frames into pictures, where the Executor has decoders work: a frame at a time, in order, a few more wait. A decoder
/// that does not keep up has them dropped, up to a key frame. Owned by a VideoReceiver.
///
///     decode ─► waiting ─► BudgetedDecoder::prepare ─► work ─► collect: BudgetedDecoder::accept ─► Sink
///                  └─ full: all are dropped, and the Sink is told
class VideoDecoding {
 public:
  static constexpr size_t kMaxWaiting = 8;  // a quarter of a second: later than that is of no use in a call

  /// Of each frame that was neither dropped behind an error nor overtaken by another format: its picture, or why there is
  /// none. kOperationError: the decoder does not keep up; else as BudgetedDecoder::decode. After an error the next frame
  /// has to be a key frame.
  using Sink = std::function<void(TimePoint now, const media::ReceivedFrame& frame, Result<media::VideoFrame> picture)>;

  VideoDecoding(DecoderBudget& budget, const media::CodecFactory& factory, CodecWork where, Sink sink)
      : decoder_(budget, factory), where_(std::move(where)), sink_(std::move(sink)) {}

  /// As BudgetedDecoder::setFormat; what waits is of the format before, and goes.
  bool setFormat(const media::CodecFormat& format);
  void decode(TimePoint now, const media::ReceivedFrame& frame);
  /// What has been decoded since.
  void collect(TimePoint now);
  bool hasRoom(TimePoint now) const { return decoder_.hasRoom(now); }
  void close();
  /// Whose decoder it is ("libvpx"); empty before there was one.
  std::string_view implementation() const { return decoder_.decoder() ? decoder_.decoder()->implementation() : ""; }
  /// That were dropped for want of time.
  uint64_t framesLate() const { return framesLate_; }

 private:
  struct Work {
    std::shared_ptr<media::VideoDecoder> decoder;
    media::ReceivedFrame frame;
    Result<media::VideoFrame> picture{ErrorCode::kInvalidStateError, "not decoded yet"};
    bool done = true;
    void run() { picture = decoder->decode(frame.data); }
  };

  void start(TimePoint now);
  void fail(TimePoint now, const media::ReceivedFrame& frame, Error why);

  BudgetedDecoder decoder_;
  CodecWork where_;
  Sink sink_;
  std::shared_ptr<Work> work_;  // with whoever does it; null: none is under way
  std::deque<media::ReceivedFrame> waiting_;
  uint64_t framesLate_ = 0;
};

}  // namespace tincan::inline v0::stack

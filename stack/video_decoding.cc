#include "stack/video_decoding.h"

#include <utility>

namespace tincan::inline v0::stack {

bool VideoDecoding::setFormat(const media::CodecFormat& format) {
  const bool news = decoder_.setFormat(format);
  if (news) close();
  return news;
}

// Who works on goes on, by itself: nobody looks at what comes of it.
void VideoDecoding::close() {
  decoder_.close();
  work_.reset();
  waiting_.clear();
}

void VideoDecoding::decode(TimePoint now, const media::ReceivedFrame& frame) {
  if (!where_.elsewhere()) return sink_(now, frame, decoder_.decode(now, frame.data));
  if (waiting_.size() >= kMaxWaiting) {
    framesLate_ += waiting_.size();
    waiting_.clear();
    if (!frame.keyFrame) {
      ++framesLate_;
      return sink_(now, frame, Error(ErrorCode::kOperationError, "the decoder does not keep up"));
    }
  }
  waiting_.push_back(frame);
  if (!work_) start(now);
}

// What waits behind a frame that failed refers to it.
void VideoDecoding::fail(TimePoint now, const media::ReceivedFrame& frame, Error why) {
  while (!waiting_.empty() && !waiting_.front().keyFrame) waiting_.pop_front();
  sink_(now, frame, std::move(why));
}

void VideoDecoding::start(TimePoint now) {
  while (!work_ && !waiting_.empty()) {
    media::ReceivedFrame frame = std::move(waiting_.front());
    waiting_.pop_front();
    if (auto prepared = decoder_.prepare(now, frame.data); !prepared) {
      fail(now, frame, prepared.error());
      continue;
    }
    work_ = std::make_shared<Work>();
    work_->decoder = decoder_.decoder();
    work_->frame = std::move(frame);
    where_.run(work_);
  }
}

void VideoDecoding::collect(TimePoint now) {
  if (!work_ || !work_->done) return;
  const auto finished = std::exchange(work_, nullptr);
  const bool ours = finished->decoder == decoder_.decoder();  // else another source took its place in the budget
  auto picture = ours ? decoder_.accept(now, std::move(finished->picture))
                      : Result<media::VideoFrame>(ErrorCode::kMalformed, "a frame without its key frame");
  if (picture) {
    sink_(now, finished->frame, std::move(picture));
  } else {
    fail(now, finished->frame, picture.error());
  }
  start(now);
}

}  // namespace tincan::inline v0::stack

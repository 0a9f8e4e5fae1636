#include "stack/worker_encoder.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tincan::inline v0::stack {

WorkerEncoder::WorkerEncoder(std::unique_ptr<media::VideoEncoder> encoder, CodecWork where)
    : where_(std::move(where)), implementation_(encoder->implementation()), work_(std::make_shared<Work>()) {
  work_->encoder = std::move(encoder);
}

// On a thread. A picture that cannot be encoded is one less; the next one is tried.
void WorkerEncoder::Work::run() {
  if (rates) encoder->setRates(rates->bitrate, rates->framesPerSecond);
  if (!encoder->encode(picture, keyFrame, frames)) frames.clear();
}

Result<void> WorkerEncoder::encode(const media::VideoFrame& picture, bool forceKeyFrame,
                                   std::vector<media::EncodedVideo>& out) {
  take(out);
  keyFrame_ |= forceKeyFrame;
  ++load_.pictures;
  load_.overtaken += waits_ ? 1 : 0;
  waiting_ = picture;
  waits_ = true;
  if (!busy_) start();
  return {};
}

void WorkerEncoder::setRates(uint32_t bitrateBps, double framesPerSecond) {
  rates_ = {bitrateBps, framesPerSecond};
}

EncoderLoad::Sums WorkerEncoder::load() const {
  EncoderLoad::Sums out = load_;
  if (busy_) out.busy += now_ - startedAt_;
  return out;
}

void WorkerEncoder::start() {
  waits_ = false;
  busy_ = true;
  startedAt_ = now_;
  std::swap(work_->picture, waiting_);
  work_->keyFrame = std::exchange(keyFrame_, false);
  work_->rates = std::exchange(rates_, std::nullopt);
  work_->frames.clear();
  where_.run(work_);
}

void WorkerEncoder::take(std::vector<media::EncodedVideo>& out) {
  if (!busy_ || !work_->done) return;
  busy_ = false;
  load_.busy += now_ - startedAt_;
  spent_ += now_ - startedAt_;
  std::move(work_->frames.begin(), work_->frames.end(), std::back_inserter(out));
  if (waits_) start();
}

}  // namespace tincan::inline v0::stack

#include "devices/mailbox.h"

namespace tincan::inline v0::devices {

// Who comes late gets the latest picture: those before it are gone, as with a camera.
bool MailboxCamera::capture(TimePoint now, media::VideoFrame& out) {
  next_ = now + kGlance;
  if (box_->pictures.empty()) return false;
  out = std::move(box_->pictures.back());
  box_->pictures.clear();
  if (!started_) first_ = out.captured;
  started_ = true;
  out.rtpTimestamp = static_cast<uint32_t>((out.captured - first_).micros() * 9 / 100);
  return true;
}

bool MailboxMicrophone::capture(TimePoint now, media::AudioFrame& out) {
  next_ = now + kGlance;
  const size_t size = frameSize();
  if (box_->samples.size() < size) return false;
  // A device whose clock is faster has given too much by now: it is dropped.
  if (started_ && captured_ - now > kMostApart)
    box_->samples.erase(box_->samples.begin(), box_->samples.begin() + static_cast<ptrdiff_t>(size));
  if (box_->samples.size() < size) return false;
  const bool behind = started_ && now - captured_ > kMostApart;
  if (behind) timestamp_ += static_cast<uint32_t>((now - captured_).micros() * media::AudioFrame::kRate / 1'000'000);
  if (!started_ || behind) captured_ = now;
  started_ = true;
  out.sampleRate = media::AudioFrame::kRate;
  out.channels = channels_;
  const auto end = box_->samples.begin() + static_cast<ptrdiff_t>(size);
  out.samples.assign(box_->samples.begin(), end);
  box_->samples.erase(box_->samples.begin(), end);
  out.captured = captured_;
  out.rtpTimestamp = timestamp_;
  captured_ = captured_ + media::AudioFrame::kDuration;
  timestamp_ += media::AudioFrame::kSamples;
  return true;
}

}  // namespace tincan::inline v0::devices

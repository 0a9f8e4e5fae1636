#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/time.h"
#include "media/audio_source.h"
#include "media/video_source.h"

namespace tincan::inline v0::devices {

/// What a reader has put on the loop and nobody has taken yet. On the loop alone, but for `onTheirWay`: what has been
/// posted and has not come, so that a loop that is held up does not fill the memory.
struct Mailbox {
  static constexpr int kMostOnTheirWay = 16;
  static constexpr size_t kMostPictures = 4;
  static constexpr size_t kMostSamples = 48'000 * 2;  ///< a second, in stereo

  void put(media::VideoFrame picture) {
    pictures.push_back(std::move(picture));
    if (pictures.size() > kMostPictures) pictures.pop_front();
  }
  void put(const std::vector<int16_t>& more, TimePoint now) {
    if (samples.empty()) arrived = now;
    samples.insert(samples.end(), more.begin(), more.end());
    if (samples.size() > kMostSamples) samples.erase(samples.begin(), samples.end() - kMostSamples / 2);
  }

  std::deque<media::VideoFrame> pictures;
  std::vector<int16_t> samples;  // interleaved
  TimePoint arrived;             // of the first of them
  bool ended = false;            // nothing more comes
  std::atomic<int> onTheirWay = 0;
};

/// Looked into so often. A loop is not woken for each frame: that would be no less often.
constexpr Duration kGlance = Duration::millis(5);

/// Pictures out of a mailbox. `keep` is what fills it: it goes with the source.
class MailboxCamera final : public media::VideoSource {
 public:
  MailboxCamera(std::shared_ptr<Mailbox> box, std::shared_ptr<void> keep)
      : box_(std::move(box)), keep_(std::move(keep)) {}

  TimePoint nextFrameTime() const override {
    if (!box_->pictures.empty()) return TimePoint();
    return box_->ended ? TimePoint::never() : next_;
  }
  bool capture(TimePoint now, media::VideoFrame& out) override;

 private:
  std::shared_ptr<Mailbox> box_;
  std::shared_ptr<void> keep_;
  TimePoint next_, first_;
  bool started_ = false;
};

/// Sound out of a mailbox, in frames of 20 ms that follow each other without a gap. The device's clock is not the loop's:
/// where they have gone too far apart, the frames begin anew at the loop's time.
class MailboxMicrophone final : public media::AudioSource {
 public:
  static constexpr Duration kMostApart = Duration::millis(200);

  MailboxMicrophone(std::shared_ptr<Mailbox> box, int channels, std::shared_ptr<void> keep)
      : box_(std::move(box)), keep_(std::move(keep)), channels_(channels) {}

  TimePoint nextFrameTime() const override {
    if (box_->samples.size() >= frameSize()) return TimePoint();
    return box_->ended ? TimePoint::never() : next_;
  }
  bool capture(TimePoint now, media::AudioFrame& out) override;

 private:
  size_t frameSize() const { return media::AudioFrame::kSamples * static_cast<size_t>(channels_); }

  std::shared_ptr<Mailbox> box_;
  std::shared_ptr<void> keep_;
  int channels_;
  TimePoint next_, captured_;
  uint32_t timestamp_ = 0;
  bool started_ = false;
};

}  // namespace tincan::inline v0::devices

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "media/codec/video_codec.h"
#include "stack/codec_work.h"
#include "stack/encoder_load.h"

namespace tincan::inline v0::stack {

/// An encoder that works where an Executor has it work, a picture at a time; one more waits, the newest. `encode` comes
/// back at once, with what earlier pictures have become. Owned by a VideoEncoding.
///
///     encode ─► idle? ─► work ─► take
///                └ no: waits, in the place of one that waited already: the encoder does not keep up
class WorkerEncoder final : public media::VideoEncoder {
 public:
  WorkerEncoder(std::unique_ptr<media::VideoEncoder> encoder, CodecWork where);

  Result<void> encode(const media::VideoFrame& picture, bool forceKeyFrame,
                      std::vector<media::EncodedVideo>& out) override;
  void setRates(uint32_t bitrateBps, double framesPerSecond) override;
  std::string_view implementation() const override { return implementation_; }

  /// What the clock says, for the calls that follow: how long works take is told by it.
  void setTime(TimePoint now) { now_ = now; }
  /// Appends what has been made since.
  void take(std::vector<media::EncodedVideo>& out);
  /// Pictures that gave way to newer ones are `overtaken`.
  EncoderLoad::Sums load() const;
  /// How long the pictures took that have been taken since it was asked last.
  Duration takeSpent() { return std::exchange(spent_, Duration()); }

 private:
  struct Rates {
    uint32_t bitrate;
    double framesPerSecond;
  };
  struct Work {
    std::unique_ptr<media::VideoEncoder> encoder;
    media::VideoFrame picture;
    bool keyFrame = false;
    std::optional<Rates> rates{};
    std::vector<media::EncodedVideo> frames{};
    bool done = true;
    void run();
  };

  void start();

  CodecWork where_;
  std::string_view implementation_;
  std::shared_ptr<Work> work_;  // with whoever does it
  bool busy_ = false;           // its frames are to be fetched
  bool waits_ = false;          // a picture, in waiting_
  media::VideoFrame waiting_;
  bool keyFrame_ = false;         // the next one is to be
  std::optional<Rates> rates_{};  // from the next one on
  EncoderLoad::Sums load_;
  Duration spent_;
  TimePoint now_, startedAt_;
};

}  // namespace tincan::inline v0::stack

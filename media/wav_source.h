#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "media/audio_source.h"
#include "media/frame_clock.h"
#include "media/resampler.h"

namespace tincan::inline v0::media {

/// Sound from a WAV file (16-bit PCM, mono or stereo, 8 to 192 kHz), resampled to 48 kHz, over and over.
class WavSource final : public AudioSource {
 public:
  /// NotFoundError when there is no such file, kMalformed or kUnsupported (one line each) when it cannot be used.
  static Result<std::unique_ptr<WavSource>> open(const std::string& path);
  /// `name` is what errors call it.
  static Result<std::unique_ptr<WavSource>> fromStream(std::unique_ptr<std::istream> stream, std::string name);
  ~WavSource() override;

  int channels() const { return format_.channels; }
  int sampleRate() const { return format_.rate; }  ///< the file's

  TimePoint nextFrameTime() const override { return clock_.next(); }
  bool capture(TimePoint now, AudioFrame& out) override;

 private:
  struct Format {
    int channels = 0;
    int rate = 0;
    int64_t dataStart = 0;
    int64_t dataSize = 0;  // whole sample frames, at least one
  };
  static Result<Format> parseChunks(std::istream& stream, const std::string& name);

  WavSource(std::unique_ptr<std::istream> stream, Format format, Resampler resampler);
  bool refill();

  std::unique_ptr<std::istream> stream_;
  Format format_;
  Resampler resampler_;
  int64_t position_ = 0;  // in the data chunk
  std::vector<int16_t> block_;
  FrameClock clock_{AudioFrame::kRate, AudioFrame::kSamples};
};

}  // namespace tincan::inline v0::media

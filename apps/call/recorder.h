#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "apps/call/media_clock.h"
#include "base/result.h"
#include "base/time.h"
#include "media/video_frame.h"
#include "media/webm_writer.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::apps {

/// What came of the far end's media: the file, a picture, and what a test asks. Owned by the call; hangs itself on the
/// receivers it is shown and must outlive their last frame.
class Recorder {
 public:
  struct Seen {
    uint64_t frames = 0;          ///< decoded pictures
    uint64_t distinctFrames = 0;  ///< those that differ from all before them
    uint64_t audioFrames = 0;
    double audioRms = 0;  ///< of all sound received, 0 to 1
    std::optional<TimePoint> firstFrame;
    /// Of a far end that sends several encodings: each by itself.
    struct Layer {
      std::string rid;
      uint64_t frames = 0;
      int width = 0, height = 0;  ///< of the last
    };
    std::vector<Layer> layers;
  };

  Recorder(std::string recording, std::string picture)
      : recording_(std::move(recording)), picture_(std::move(picture)) {}

  void watch(const std::shared_ptr<stack::RtpReceiver>& receiver);
  /// Whether the file is to have each kind: asked when its first frame comes.
  void expect(bool video, bool audio);
  /// Closes the file and writes the picture; the first error, if any.
  Result<void> finish();

  const Seen& seen() const { return seen_; }
  /// Names of the files that were written.
  const std::vector<std::string>& written() const { return written_; }
  /// Codecs of frames that are not in the file: it holds VP8 and Opus.
  const std::set<std::string>& leftOut() const { return leftOut_; }

 private:
  void record(const stack::RtpReceiver& receiver, const stack::EncodedFrame& frame);
  void see(const media::VideoFrame& frame);
  void watchLayers(const stack::RtpReceiver& receiver);
  void hear(const media::AudioFrame& frame);
  void keep(Result<void> result);

  // Enough to tell frames apart for an hour at 30 a second; later ones count as seen before.
  static constexpr size_t kMaxHashes = 108'000;

  const std::string recording_, picture_;
  std::optional<media::WebmWriter> writer_;
  MediaClock videoClock_{90'000}, audioClock_{48'000};  // RFC 7741 §4.1, RFC 7587 §4.1
  bool expectVideo_ = true, expectAudio_ = true;
  media::VideoFrame last_;
  std::unordered_set<size_t> hashes_;
  double energy_ = 0;
  Seen seen_;
  std::optional<Error> error_;
  std::vector<std::string> written_;
  std::set<std::string> leftOut_;
};

}  // namespace tincan::inline v0::apps

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/encoded_frame.h"

namespace tincan::inline v0::media {

/// Records a call as it came: VP8 frames and Opus packets into one WebM file, without decoding them.
/// It is written as it comes, a cluster of at most a second at a time: what is in the file can be played even when the
/// process is killed. close(), which the destructor calls too, adds the last cluster, the duration and the cues.
class WebmWriter {
 public:
  struct Config {
    bool video = true;
    bool audio = true;
    int width = 0;  ///< 0: from the first key frame; a nominal size stands in the file until it comes
    int height = 0;
    int channels = 1;
  };

  static Result<WebmWriter> open(const std::string& path, Config config);
  ~WebmWriter();
  WebmWriter(WebmWriter&&) noexcept;
  WebmWriter& operator=(WebmWriter&&) noexcept;

  /// Frames before the first key frame are left out: nobody could decode them. `time` is any steady clock, the same for
  /// both tracks: the file starts at 0 with the first one written.
  Result<void> writeVideo(ByteView vp8Frame, bool keyFrame, TimePoint time);
  Result<void> writeVideo(const EncodedVideo& frame) { return writeVideo(frame.data, frame.keyFrame, frame.time); }
  Result<void> writeAudio(ByteView opusPacket, TimePoint time);
  Result<void> close();

  size_t videoFrames() const;
  size_t audioPackets() const;

 private:
  struct State;
  explicit WebmWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tincan::inline v0::media

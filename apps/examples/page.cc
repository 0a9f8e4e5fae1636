#include "apps/examples/page.h"

#include <utility>

namespace tincan::inline v0::examples {

void VideoElement::setSrcObject(MediaStreamPtr stream) {
  srcObject_ = std::move(stream);
  for (const auto& track : srcObject_->getTracks()) {
    if (track->isVideo()) {
      track->addVideoSink([seen = seen_](const media::VideoFrame& frame) {
        seen->width = frame.width;
        seen->height = frame.height;
        ++seen->videoFrames;
      });
    } else {
      track->addAudioSink([seen = seen_](const media::AudioFrame&) { ++seen->audioFrames; });
    }
  }
}

}  // namespace tincan::inline v0::examples

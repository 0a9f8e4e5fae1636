#include "apps/call/frame_key.h"

#include <optional>

namespace tincan::inline v0::apps {
namespace {

std::optional<size_t> clearBytes(const stack::RTCEncodedVideoFrame& frame) {
  if (frame.getMetadata().mimeType != "video/VP8") return std::nullopt;
  return frame.type == stack::RTCEncodedVideoFrameType::kKey ? 10 : 3;
}

std::optional<size_t> clearBytes(const stack::RTCEncodedAudioFrame& frame) {
  if (frame.getMetadata().mimeType != "audio/opus") return std::nullopt;
  return 1;
}

template <class Frame>
auto change(const std::string& key) {
  return [key](Frame& frame) {
    const auto clear = clearBytes(frame);
    for (size_t i = clear.value_or(frame.data.size()); i < frame.data.size(); ++i)
      frame.data[i] ^= static_cast<uint8_t>(key[i % key.size()]);
    return true;
  };
}

}  // namespace

std::shared_ptr<stack::RTCRtpScriptTransform> frameKeyTransform(stack::MediaKind kind, const std::string& key) {
  if (kind == stack::MediaKind::kVideo)
    return stack::RTCRtpScriptTransform::ofVideo(change<stack::RTCEncodedVideoFrame>(key));
  return stack::RTCRtpScriptTransform::ofAudio(change<stack::RTCEncodedAudioFrame>(key));
}

}  // namespace tincan::inline v0::apps

#include "stack/api/encoded_transform.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {

void RTCRtpScriptTransformer::attach(End end, std::vector<std::string> rids, std::function<void()> wake) {
  end_ = end;
  rids_ = std::move(rids);
  wake_ = std::move(wake);
  if (end != End::kNone) return;
  written_.clear();
  // They often hold the transformer itself.
  onvideoframe = nullptr;
  onaudioframe = nullptr;
  onkeyframerequest = nullptr;
}

void RTCRtpScriptTransformer::sign(RTCEncodedFrame& frame, Bytes data, std::shared_ptr<void> origin) {
  frame.data = std::move(data);
  frame.owner_ = this;
  frame.counter_ = ++lastRead_;
  frame.origin_ = std::move(origin);
}

void RTCRtpScriptTransformer::read(RTCEncodedVideoFrameType type, RTCEncodedVideoFrameMetadata metadata, Bytes data,
                                   std::shared_ptr<void> origin) {
  auto handler = onvideoframe;
  if (!handler || end_ == End::kNone) return;
  RTCEncodedVideoFrame frame;
  sign(frame, std::move(data), std::move(origin));
  frame.type = type;
  frame.metadata_ = std::move(metadata);
  handler(std::move(frame));
}

void RTCRtpScriptTransformer::read(RTCEncodedAudioFrameMetadata metadata, Bytes data, std::shared_ptr<void> origin) {
  auto handler = onaudioframe;
  if (!handler || end_ == End::kNone) return;
  RTCEncodedAudioFrame frame;
  sign(frame, std::move(data), std::move(origin));
  frame.metadata_ = std::move(metadata);
  handler(std::move(frame));
}

// webrtc-encoded-transform, "writeEncodedData": not another's, and none before one that went.
Result<void> RTCRtpScriptTransformer::write(RTCEncodedFrame&& frame) {
  if (frame.owner_ != this || frame.counter_ <= lastWritten_) {
    return {ErrorCode::kInvalidStateError,
            "enqueue takes the frames that this transformer gave, each once and in their order"};
  }
  if (end_ == End::kNone) return {ErrorCode::kInvalidStateError, "enqueue: the sender or receiver is gone"};
  if (frame.data.empty()) return {ErrorCode::kRangeError, "enqueue: a frame has a byte at least; to drop it, do not"};
  if (written_.size() >= kMaxWritten)
    return {ErrorCode::kLimit, "enqueue: 64 frames wait already; the connection is not driven, or is closed"};
  lastWritten_ = frame.counter_;
  written_.push_back({std::move(frame.data), std::move(frame.origin_), std::move(frame.changes_)});
  if (auto wake = wake_) wake();
  return {};
}

bool RTCRtpScriptTransformer::takeWritten(Written& out) {
  if (written_.empty()) return false;
  out = std::move(written_.front());
  written_.pop_front();
  return true;
}

Result<void> RTCRtpScriptTransformer::generateKeyFrame(std::optional<std::string> rid) {
  if (end_ != End::kVideoSender)
    return {ErrorCode::kInvalidStateError, "generateKeyFrame is of the transform of a sender of video"};
  if (rid && std::find(rids_.begin(), rids_.end(), *rid) == rids_.end())
    return {ErrorCode::kNotFoundError, "generateKeyFrame: the sender has no encoding of that rid"};
  keyFrameWish_ = true;
  if (auto wake = wake_) wake();
  return {};
}

Result<void> RTCRtpScriptTransformer::sendKeyFrameRequest() {
  if (end_ != End::kVideoReceiver)
    return {ErrorCode::kInvalidStateError, "sendKeyFrameRequest is of the transform of a receiver of video"};
  keyFrameWish_ = true;
  if (auto wake = wake_) wake();
  return {};
}

void RTCRtpScriptTransformer::requestKeyFrame(const std::string& rid) {
  KeyFrameRequestEvent event;
  if (!rid.empty()) event.rid = rid;
  if (auto handler = onkeyframerequest) handler(event);
  if (event.prevented) return;
  keyFrameWish_ = true;
  if (auto wake = wake_) wake();
}

Result<void> RTCRtpScriptTransform::begin(RTCRtpScriptTransformer::End end, std::vector<std::string> rids,
                                          std::function<void()> wake) {
  if (transformer_)
    return {ErrorCode::kInvalidStateError, "setTransform: a transform is for one sender or receiver; make another"};
  transformer_ = std::make_shared<RTCRtpScriptTransformer>();
  transformer_->attach(end, std::move(rids), std::move(wake));
  if (onrtctransform_) onrtctransform_(transformer_);
  return {};
}

void RTCRtpScriptTransform::end() {
  if (transformer_) transformer_->attach(RTCRtpScriptTransformer::End::kNone, {}, {});
}

namespace {

// The handler is the transformer's own: it must not keep it alive.
template <class Frame>
std::function<void(Frame)> atOnce(const std::shared_ptr<RTCRtpScriptTransformer>& transformer,
                                  std::function<bool(Frame&)> change) {
  return [weak = std::weak_ptr(transformer), change = std::move(change)](Frame frame) {
    if (!change(frame)) return;
    if (const auto self = weak.lock()) (void)self->enqueue(std::move(frame));
  };
}

}  // namespace

std::shared_ptr<RTCRtpScriptTransform> RTCRtpScriptTransform::ofVideo(
    std::function<bool(RTCEncodedVideoFrame&)> change) {
  return std::make_shared<RTCRtpScriptTransform>(
      [change = std::move(change)](const std::shared_ptr<RTCRtpScriptTransformer>& transformer) {
        transformer->onvideoframe = atOnce<RTCEncodedVideoFrame>(transformer, change);
      });
}

std::shared_ptr<RTCRtpScriptTransform> RTCRtpScriptTransform::ofAudio(
    std::function<bool(RTCEncodedAudioFrame&)> change) {
  return std::make_shared<RTCRtpScriptTransform>(
      [change = std::move(change)](const std::shared_ptr<RTCRtpScriptTransformer>& transformer) {
        transformer->onaudioframe = atOnce<RTCEncodedAudioFrame>(transformer, change);
      });
}

}  // namespace tincan::inline v0::stack

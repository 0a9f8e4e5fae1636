#include "stack/send_transform.h"

#include <utility>

namespace tincan::inline v0::stack {

struct SendTransform::Passed {
  std::weak_ptr<const bool> token;
  media::EncodedFrame frame;  // without its bytes
  size_t encoding = 0;
  bool endsPicture = true;
};

namespace {

// RFC 3550 §5.1: as the packets will say it.
uint32_t wireTimestamp(TimePoint captured, const session::OutboundStream& stream) {
  constexpr int64_t kSecond = 1'000'000;
  const int64_t rate = stream.config().clockRate;
  const int64_t ticks = captured.micros() / kSecond * rate + captured.micros() % kSecond * rate / kSecond;
  return stream.position().timestampOffset + static_cast<uint32_t>(ticks);
}

void describe(const media::EncodedFrame& frame, const session::OutboundStream& stream, RTCEncodedFrameMetadata& out) {
  out.synchronizationSource = stream.ssrc().value();
  out.payloadType = stream.config().payloadType.value();
  out.rtpTimestamp = wireTimestamp(frame.time, stream);
  out.captureTime = static_cast<double>(frame.time.micros()) / 1000;
}

RTCEncodedVideoFrameMetadata describeVideo(const media::EncodedFrame& frame, const session::OutboundStream& stream) {
  RTCEncodedVideoFrameMetadata out;
  describe(frame, stream, out);
  out.timestamp = frame.time.micros();
  if (!frame.layer) return out;
  out.spatialIndex = frame.layer->spatial;
  out.temporalIndex = frame.layer->temporal;
  if (frame.layer->width > 0) out.width = frame.layer->width;
  if (frame.layer->height > 0) out.height = frame.layer->height;
  return out;
}

}  // namespace

void SendTransform::pass(TimePoint now, size_t encoding, const session::OutboundStream& stream,
                         std::span<const media::EncodedFrame> frames) {
  const auto transformer = sender_->transformer();
  if (!transformer) return sink_(now, encoding, frames);
  for (const media::EncodedFrame& frame : frames) {
    auto passed = std::make_shared<Passed>();
    passed->token = token_;
    passed->encoding = encoding;
    passed->endsPicture = &frame == &frames.back();
    passed->frame = frame;
    auto data = std::make_shared<Bytes>(std::move(passed->frame.data));
    if (stream.isSound()) {
      RTCEncodedAudioFrameMetadata metadata;
      describe(frame, stream, metadata);
      metadata.mimeType = mimeType_;
      events_->post([transformer, metadata, data, passed] { transformer->read(metadata, std::move(*data), passed); });
      continue;
    }
    auto metadata = describeVideo(frame, stream);
    metadata.mimeType = mimeType_;
    const auto type = frame.keyFrame ? RTCEncodedVideoFrameType::kKey : RTCEncodedVideoFrameType::kDelta;
    events_->post(
        [transformer, type, metadata, data, passed] { transformer->read(type, metadata, std::move(*data), passed); });
  }
}

// Layers of a picture that the transform has left out do not keep the others.
void SendTransform::collect(TimePoint now) {
  const auto transformer = sender_->transformer();
  if (!transformer) return;
  for (RTCRtpScriptTransformer::Written written; transformer->takeWritten(written);) {
    const auto passed = std::static_pointer_cast<Passed>(written.origin);
    if (passed->token.lock() != token_) continue;  // of a sender with another codec, before this one
    if (!picture_.empty() && (picture_.front().time != passed->frame.time || encoding_ != passed->encoding)) flush(now);
    encoding_ = passed->encoding;
    picture_.push_back(std::move(passed->frame));
    picture_.back().data = std::move(written.data);
    if (passed->endsPicture) flush(now);
  }
}

void SendTransform::flush(TimePoint now) {
  const std::vector<media::EncodedFrame> picture = std::exchange(picture_, {});
  sink_(now, encoding_, picture);
}

bool SendTransform::requestKeyFrame(std::string rid) {
  const auto transformer = sender_->transformer();
  if (!transformer || !transformer->onkeyframerequest) return false;
  events_->post([transformer, rid = std::move(rid)] { transformer->requestKeyFrame(rid); });
  return true;
}

bool SendTransform::takeKeyFrameWish() {
  const auto& transformer = sender_->transformer();
  return transformer && transformer->takeKeyFrameWish();
}

}  // namespace tincan::inline v0::stack

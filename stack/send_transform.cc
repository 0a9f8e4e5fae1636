#include "stack/send_transform.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {

struct SendTransform::Passed {
  std::weak_ptr<const bool> token;
  media::EncodedFrame frame;  // without its bytes
  size_t encoding = 0;
  const session::OutboundStream* stream = nullptr;
  bool endsPicture = true;
};

namespace {

constexpr int64_t kSecond = 1'000'000;

int64_t ticksOf(TimePoint captured, int64_t rate) {
  return captured.micros() / kSecond * rate + captured.micros() % kSecond * rate / kSecond;
}

// RFC 3550 §5.1: as the packets will say it.
uint32_t wireTimestamp(TimePoint captured, const session::OutboundStream& stream) {
  return stream.position().timestampOffset + static_cast<uint32_t>(ticksOf(captured, stream.config().clockRate));
}

// The earliest time whose packets say this timestamp.
TimePoint timeOfTimestamp(uint32_t wanted, TimePoint captured, const session::OutboundStream& stream) {
  const int64_t rate = stream.config().clockRate;
  const auto difference = static_cast<int32_t>(wanted - wireTimestamp(captured, stream));
  const int64_t ticks = std::max<int64_t>(ticksOf(captured, rate) + difference, 0);
  return TimePoint::fromMicros(ticks / rate * kSecond + (ticks % rate * kSecond + rate - 1) / rate);
}

void describe(const media::EncodedFrame& frame, const session::OutboundStream& stream, RTCEncodedFrameMetadata& out) {
  out.synchronizationSource = stream.ssrc().value();
  out.payloadType = stream.config().payloadType.value();
  out.rtpTimestamp = wireTimestamp(frame.time, stream);
  out.contributingSources = frame.contributingSources;
  out.captureTime = static_cast<double>(frame.time.micros()) / 1000;
}

}  // namespace

RTCEncodedVideoFrameMetadata SendTransform::describeVideo(size_t encoding, const media::EncodedFrame& frame,
                                                          const session::OutboundStream& stream) {
  RTCEncodedVideoFrameMetadata out;
  describe(frame, stream, out);
  FrameNumbers::Numbered numbered = numbers_[encoding].next(frame);
  out.frameId = numbered.id;
  out.dependencies = std::move(numbered.dependencies);
  out.timestamp = frame.time.micros();
  if (!frame.layer) return out;
  out.spatialIndex = frame.layer->spatial;
  out.temporalIndex = frame.layer->temporal;
  if (frame.layer->width > 0) out.width = frame.layer->width;
  if (frame.layer->height > 0) out.height = frame.layer->height;
  return out;
}

void SendTransform::pass(TimePoint now, size_t encoding, const session::OutboundStream& stream,
                         std::span<const media::EncodedFrame> frames) {
  const auto transformer = sender_->transformer();
  if (!transformer) return sink_(now, encoding, frames);
  for (const media::EncodedFrame& frame : frames) {
    auto passed = std::make_shared<Passed>();
    passed->token = token_;
    passed->encoding = encoding;
    passed->stream = &stream;
    passed->endsPicture = &frame == &frames.back();
    passed->frame = frame;
    auto data = std::make_shared<Bytes>(std::move(passed->frame.data));
    if (stream.isSound()) {
      RTCEncodedAudioFrameMetadata metadata;
      describe(frame, stream, metadata);
      metadata.mimeType = mimeTypes_[encoding];
      events_->post([transformer, metadata, data, passed] { transformer->read(metadata, std::move(*data), passed); });
      continue;
    }
    auto metadata = describeVideo(encoding, frame, stream);
    metadata.mimeType = mimeTypes_[encoding];
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
    if (written.changes.rtpTimestamp)
      passed->frame.time = timeOfTimestamp(*written.changes.rtpTimestamp, passed->frame.time, *passed->stream);
    if (written.changes.contributingSources)
      passed->frame.contributingSources = *std::move(written.changes.contributingSources);
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

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "media/encoded_frame.h"
#include "session/outbound_stream.h"
#include "stack/api/encoded_transform.h"
#include "stack/event_queue.h"
#include "stack/frame_numbers.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {

/// The way of a sender's frames from what makes them to what packs them: straight on, or by the application's transform,
/// whose code runs as an event and may take its time. Owned by a sender.
///
///     pass ─┬─ no transform ──────────────────────────────────────────────► Sink
///           └─ event ─► RTCRtpScriptTransformer ─ enqueue ─► collect ─► Sink
class SendTransform {
 public:
  /// All frames of one picture, or one of sound. Good during the call.
  using Sink = std::function<void(TimePoint now, size_t encoding, std::span<const media::EncodedFrame> frames)>;

  /// `mimeTypes`: of each encoding.
  SendTransform(std::shared_ptr<RtpSender> sender, std::shared_ptr<EventQueue> events,
                std::vector<std::string> mimeTypes, Sink sink)
      : sender_(std::move(sender)),
        events_(std::move(events)),
        mimeTypes_(std::move(mimeTypes)),
        numbers_(mimeTypes_.size()),
        sink_(std::move(sink)) {}

  /// `encoding` is which of the sender's it is, and `stream` what it will leave by.
  void pass(TimePoint now, size_t encoding, const session::OutboundStream& stream,
            std::span<const media::EncodedFrame> frames);
  /// What the transform has given back since.
  void collect(TimePoint now);
  /// The peer wants a key frame. False where no transform has a say in it: the encoder is to be asked.
  bool requestKeyFrame(std::string rid = {});
  /// The transform, or the peer by way of it, wants a key frame of the encoder.
  bool takeKeyFrameWish();

 private:
  struct Passed;

  RTCEncodedVideoFrameMetadata describeVideo(size_t encoding, const media::EncodedFrame& frame,
                                             const session::OutboundStream& stream);
  void flush(TimePoint now);

  std::shared_ptr<RtpSender> sender_;
  std::shared_ptr<EventQueue> events_;
  std::vector<std::string> mimeTypes_;
  std::vector<FrameNumbers> numbers_;
  Sink sink_;
  std::shared_ptr<const bool> token_ = std::make_shared<const bool>(true);  // of frames that are ours
  std::vector<media::EncodedFrame> picture_;                                // what has come back of one
  size_t encoding_ = 0;                                                     // of picture_
};

}  // namespace tincan::inline v0::stack

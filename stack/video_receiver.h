#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "media/decode_time.h"
#include "media/frame_pace.h"
#include "media/jitter_buffer/video_jitter_buffer.h"
#include "media/source_statistics.h"
#include "rtp/extension_values.h"
#include "stack/media_receiver.h"
#include "stack/timed_notes.h"
#include "stack/video_decoding.h"

namespace tincan::inline v0::stack {

/// Pictures from packets. The payload type says what a packet is; a stream that goes over to another one goes on with
/// that one's decoder from its first key frame.
///
///     InboundStream ─► descriptor ─► VideoJitterBuffer ─► transform ─┬─► onencodedframe
///          ▲                                │                        └─► VideoDecoding ─► track
///          └─ a key frame begins, is there, is wanted: what NACK and PLI ask for
class VideoReceiver final : public MediaReceiver {
 public:
  VideoReceiver(Config config, DecoderBudget& budget);

  TimePoint nextTimeout() const override;
  void handleTimeout(TimePoint now) override;
  void setRoundTripTime(Duration rtt) override;
  void wantKeyFrame(TimePoint now) override;
  void resume(TimePoint now, Passed& passed, RTCRtpScriptTransformer::Written written) override;
  void collect(TimePoint now) override { decoder_.collect(now); }
  size_t heldPackets() const override { return jitterBuffer_.heldPackets(); }
  void dropHeld() override;
  void addStats(RTCInboundRtpStreamStats& out) const override;
  std::optional<media::PlayoutPoint> takePlayed() override;
  void setExtraDelay(Duration extra) override { jitterBuffer_.setExtraDelay(extra); }
  Duration extraDelay() const override { return jitterBuffer_.extraDelay(); }

 private:
  /// What a payload type means.
  struct Meaning {
    uint8_t payloadType = 0;
    media::CodecFormat format;
    std::optional<rtp::VideoFormat> payload;  // none: the factory cannot read its packets
  };

  void handlePacket(rtp::ReceivedPacket packet) override;
  void codecsChanged() override;
  const Meaning* meaning(uint8_t payloadType) const;
  uint32_t capturerOf(const media::ReceivedFrame& frame) const;
  void repeatWish(TimePoint now, bool keyFrame);
  void noteHeader(const rtp::ReceivedPacket& packet);
  void followPlayoutDelay(const rtp::ReceivedPacket& packet);
  void releaseFrames(TimePoint now);
  void deliver(TimePoint now, media::ReceivedFrame& frame);
  void passToTransform(const std::shared_ptr<RTCRtpScriptTransformer>& transformer, const media::ReceivedFrame& frame);
  void handOn(TimePoint now, const media::ReceivedFrame& frame);
  bool isLookedAt(TimePoint now) const;
  void show(TimePoint now, std::shared_ptr<media::VideoFrame> picture);
  void decode(TimePoint now, const media::ReceivedFrame& frame);
  void decoded(TimePoint now, const media::ReceivedFrame& frame, Result<media::VideoFrame> picture);
  void countDecoded(TimePoint now, const media::ReceivedFrame& frame);

  std::vector<Meaning> meanings_;
  media::VideoJitterBuffer jitterBuffer_;
  media::ReceivedFrame frame_;  // keeps its memory from frame to frame
  std::optional<rtp::PlayoutDelay> senderWish_;
  TimedNotes<rtp::VideoOrientation> orientations_;
  TimedNotes<std::vector<RtpReceiver::Contributor>> contributors_;  // of a mix (RFC 3550 §5.1)
  VideoDecoding decoder_;
  media::DecodeTime decodeTime_;
  bool decoderNeedsKeyFrame_ = true;
  int keyFrameWishes_ = 0;  // of the application's wish, how often it is still told
  TimePoint nextWish_;
  media::FrameRateMeter rate_;
  media::FramePace pace_;
  TimedNotes<TimePoint> begun_;  // when the first packet of each picture came
  Duration assembling_, processing_, decoding_;
  uint64_t framesShown_ = 0;
  uint64_t framesOfSeveralPackets_ = 0;
  uint64_t framesReceived_ = 0, framesDecoded_ = 0, keyFramesDecoded_ = 0, framesFailed_ = 0, framesOverBudget_ = 0;
  std::optional<uint64_t> quantizers_;  // their sum, where the format tells
  uint32_t width_ = 0, height_ = 0;
};

}  // namespace tincan::inline v0::stack

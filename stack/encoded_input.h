#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "media/encoded_source.h"
#include "media/source_statistics.h"
#include "rtp/stats/key_frame_limiter.h"
#include "stack/event_queue.h"
#include "stack/stats.h"

namespace tincan::inline v0::stack {

/// What stands in the place of an encoder where a track carries frames that are encoded already: takes those that may be
/// sent, and hands on what an encoder would be told. Owned by a sender.
///
///     EncodedSource ─► format negotiated? ─► fits? ─► active? ─► a whole picture ─► Sink
///           ▲             └─ refused, counted, told why ─┘
///           └── key frames, rate (as events) ◄── sender
class EncodedInput {
 public:
  /// The frames of one picture, or one of sound. Good during the call.
  using Sink = std::function<void(TimePoint now, std::span<const media::EncodedFrame> frames)>;

  /// `format`: what was negotiated. `maxFrame`: bytes that one frame may have.
  EncodedInput(media::CodecFormat format, size_t maxFrame, std::shared_ptr<EventQueue> events, Sink sink);
  ~EncodedInput();
  EncodedInput(const EncodedInput&) = delete;
  EncodedInput& operator=(const EncodedInput&) = delete;

  /// `rid`: which of the source's encodings it takes; empty where that has one.
  void setSource(std::shared_ptr<media::EncodedSource> source, const std::string& rid = {});
  /// Which frames of the source's are for it.
  bool takes(const media::EncodedFrame& frame) const { return source_ && frame.rid == rid_; }
  const std::shared_ptr<media::EncodedSource>& source() const { return source_; }
  void receive(TimePoint now, bool active, const media::EncodedFrame& frame);
  /// The source is told when `now` allows for one more.
  void wantKeyFrame() { keyFrames_.want(); }
  void pollKeyFrame(TimePoint now);
  TimePoint nextTimeout() const { return source_ ? keyFrames_.nextTimeout() : TimePoint::never(); }
  void setBitrate(uint32_t bitrate);
  void addStats(RTCOutboundRtpStreamStats& out) const;

 private:
  enum class Refusal : uint8_t { kNone, kFormat, kSize, kLayers };

  Refusal check(const media::EncodedFrame& frame) const;
  Error words(Refusal refusal, size_t size) const;
  void tell(std::function<void(media::EncodedSource&)> what);

  media::CodecFormat format_;
  size_t maxFrame_;
  std::shared_ptr<EventQueue> events_;
  Sink sink_;
  std::shared_ptr<media::EncodedSource> source_;
  std::string rid_;
  bool formatFits_ = false;
  std::vector<media::EncodedFrame> picture_;  // its layers so far
  rtp::KeyFrameLimiter keyFrames_;
  std::optional<uint32_t> bitrate_;
  bool paused_ = false;
  Refusal told_ = Refusal::kNone;
  media::FrameRateMeter rate_;
  uint64_t frames_ = 0, keyFramesTaken_ = 0, refused_ = 0;
  std::optional<uint64_t> quantizers_;  // their sum, where the frames tell
  uint16_t width_ = 0, height_ = 0;
};

}  // namespace tincan::inline v0::stack

#pragma once

#include <memory>

#include "base/time.h"
#include "stack/rtp_stream_sender.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::stack {

/// From a track to RTP packets: what MediaSession keeps for each section that sends. Pulled in virtual time: a frame is
/// captured, encoded and sent when its time has come.
class MediaSender {
 public:
  MediaSender(std::shared_ptr<RtpSender> sender, std::unique_ptr<RtpStreamSender> stream)
      : sender_(std::move(sender)), stream_(std::move(stream)) {}
  virtual ~MediaSender() = default;

  virtual TimePoint nextTimeout() const = 0;
  virtual void handleTimeout(TimePoint now) = 0;
  /// The peer asks for a key frame, or a bitrate; of use for video only.
  virtual void wantKeyFrame() {}
  virtual void setBitrate(uint32_t) {}
  virtual void addStats(RTCOutboundRtpStreamStats& out) const = 0;

  RtpStreamSender& stream() { return *stream_; }
  const RtpStreamSender& stream() const { return *stream_; }
  const std::shared_ptr<RtpSender>& sender() const { return sender_; }

 protected:
  std::shared_ptr<RtpSender> sender_;
  std::unique_ptr<RtpStreamSender> stream_;
};

}  // namespace tincan::stack

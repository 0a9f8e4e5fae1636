#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "base/time.h"
#include "session/outbound_stream.h"
#include "stack/event_queue.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::stack {

/// From a track to RTP packets: what MediaSession keeps for each section that sends. Pulled in virtual time: a frame is
/// captured, encoded and sent when its time has come. Capturing calls every sink of the track, the user's previews
/// included, so it waits in the event queue like every other callback; a preview may even end this sender.
class MediaSender {
 public:
  /// `stream` outlives the sender.
  MediaSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events)
      : sender_(std::move(sender)), stream_(&stream), events_(std::move(events)) {}
  virtual ~MediaSender() { detach(); }

  TimePoint nextTimeout() const {
    const MediaStreamTrackPtr track = sender_->track();
    if (track != attached_) return TimePoint();  // at once: replaceTrack has been called
    return earlier(track ? track->nextFrameTime() : TimePoint::never(), nextStep());
  }
  void handleTimeout(TimePoint now) {
    now_ = now;
    attach();
    step(now);
    if (attached_ && attached_->nextFrameTime() <= now)
      events_->post([track = attached_, now] { track->capture(now); });
  }
  /// The peer asks for a key frame, or a bitrate; of use for video only.
  virtual void wantKeyFrame() {}
  virtual void setBitrate(uint32_t) {}
  /// What it would be with as much as there could be: what is below is limited by the line.
  virtual void setWanted(uint32_t) {}
  /// What pictures of their size make at most where nobody says it, in bits a second.
  virtual uint32_t mostBySize() const { return 0; }
  /// What is aimed at, in bits a second.
  virtual uint32_t bitrate() const = 0;
  virtual void addStats(RTCOutboundRtpStreamStats& out) const = 0;

  session::OutboundStream& stream() { return *stream_; }
  const session::OutboundStream& stream() const { return *stream_; }
  const std::shared_ptr<RtpSender>& sender() const { return sender_; }

 protected:
  virtual media::SinkId addSink(media::MediaStreamTrack& track) = 0;
  /// What a sender has to do beside capturing, and when.
  virtual void step(TimePoint) {}
  virtual TimePoint nextStep() const { return TimePoint::never(); }
  /// The track is still ours to send: one that was replaced falls silent at once, though others may go on capturing it.
  bool sending() const { return sender_->track() == attached_; }
  const std::shared_ptr<EventQueue>& events() const { return events_; }
  void post(std::function<void()> event) { events_->post(std::move(event)); }
  /// Another connection that shares the track may have captured it, later than our own last step.
  TimePoint timeOf(TimePoint captured) const { return std::max(now_, captured); }

  std::shared_ptr<RtpSender> sender_;
  session::OutboundStream* stream_;

 private:
  // replaceTrack may have given the sender another track, or none.
  void attach() {
    const MediaStreamTrackPtr track = sender_->track();
    if (track == attached_) return;
    detach();
    attached_ = track;
    if (track) sink_ = addSink(*track);
  }
  void detach() {
    if (attached_) attached_->removeSink(sink_);
    attached_.reset();
  }

  std::shared_ptr<EventQueue> events_;
  MediaStreamTrackPtr attached_;  // whose sink we are
  media::SinkId sink_ = 0;
  TimePoint now_;
};

}  // namespace tincan::stack
